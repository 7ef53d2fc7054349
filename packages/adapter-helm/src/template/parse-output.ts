import type { KubernetesObject } from '@mooring/adapter-kubernetes'
import { readObjects } from '@mooring/adapter-kubernetes/parts'
import type { Located, Rendered, Skipped } from '@mooring/core'
import type { Chart } from '../chart/chart.ts'
import { hookOf } from './hook-of.ts'

/** The manifests in what `helm template` prints, each from the template that its `# Source:` names. */
export async function parseOutput(
  output: string,
  {
    chart,
    controlObjects,
    signal,
  }: { readonly chart: Chart; readonly controlObjects: 'refuse' | 'apply'; readonly signal: AbortSignal },
): Promise<Rendered<KubernetesObject>> {
  const marks = sourceMarks(output)
  const fileOf = (line: number): string => {
    const printed = marks.findLast((mark) => mark.line <= line)?.path ?? `${chart.name}/templates`
    return chart.placeOf(printed)
  }
  const read = await readObjects(output, { fileOf, controlObjects, signal })
  const manifests: Located<KubernetesObject>[] = []
  const skipped: Skipped[] = [...read.skipped]
  for (const located of read.manifests) {
    const reason = hookOf(located.manifest)
    if (reason === undefined) manifests.push(located)
    else
      skipped.push({
        label: labelOf(located.manifest),
        reason,
        ...(located.origin && { origin: located.origin }),
      })
  }
  return { manifests, skipped }
}

interface SourceMark {
  readonly path: string
  readonly line: number
}

/** Lines that Helm writes above what each template gave. */
function sourceMarks(output: string): readonly SourceMark[] {
  const marks: SourceMark[] = []
  let line = 0
  for (const text of output.split('\n')) {
    line++
    if (text.startsWith('# Source: ')) marks.push({ path: text.slice('# Source: '.length).trim(), line })
  }
  return marks
}

const labelOf = ({ kind, metadata: { name } }: KubernetesObject): string =>
  typeof name === 'string' && /^[\w.:-]{1,253}$/.test(name) ? `${kind} ${name}` : kind
