import { setImmediate } from 'node:timers/promises'
import type { Located, Skipped } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { errorOf } from './fault.ts'
import { faultList } from './fault-list.ts'
import { limits } from './limits.ts'
import { type Sorted, sortOut } from './sort-out.ts'
import { textOf } from './text-of.ts'
import { parseYaml } from './yaml/parse-yaml.ts'

/** How text that some program made is read. */
export interface ReadObjects {
  /** The file that a line (from 1 on) was made from. */
  readonly fileOf: (line: number) => string
  /** As of `manifests`. */
  readonly controlObjects: 'refuse' | 'apply'
  readonly signal: AbortSignal
}

/**
 * The objects in YAML that a program made out of files, read and refused by the rules of `manifests`. Lines are left out of
 * origins, because they are those of the text and not of the files.
 */
export async function readObjects(
  text: string,
  { fileOf, controlObjects, signal }: ReadObjects,
): Promise<{
  readonly manifests: readonly Located<KubernetesObject>[]
  readonly skipped: readonly Skipped[]
}> {
  const sorted: Sorted = { manifests: [], skipped: [], faults: faultList() }
  let since = performance.now()
  const readable = textOf(Buffer.from(text))
  if ('says' in readable) {
    const origin = { file: fileOf(readable.line ?? 1) }
    sorted.faults.add({ code: 'MALFORMED_MANIFEST', origin, says: readable.says })
  }
  for (const document of 'text' in readable ? parseYaml(readable.text) : []) {
    if ('faults' in document) {
      for (const { code, says, line } of document.faults)
        sorted.faults.add({ code, origin: { file: fileOf(line) }, says })
    } else
      sortOut(
        document,
        { file: fileOf(document.line), applyControlObjects: controlObjects === 'apply' },
        sorted,
      )
    if (sorted.manifests.length > limits.documents) throw errorOf(tooMany(fileOf(1)))
    if (performance.now() - since <= 10) continue
    await setImmediate()
    signal.throwIfAborted()
    since = performance.now()
  }
  const faults = sorted.faults.faults()
  if (faults.count > 0) throw errorOf(faults)
  return {
    manifests: sorted.manifests.map(({ manifest, origin }) => ({
      manifest,
      ...(origin && { origin: { file: origin.file } }),
    })),
    skipped: sorted.skipped.map(({ origin, ...skipped }) => ({
      ...skipped,
      ...(origin && { origin: { file: origin.file } }),
    })),
  }
}

const tooMany = (file: string) => ({
  listed: [
    {
      code: 'MANIFESTS_TOO_LARGE' as const,
      origin: { file },
      says: `more than ${limits.documents} manifests`,
    },
  ],
  count: 1,
})
