import patches from 'fast-json-patch'
import type { PlannedChange } from '../model/change.ts'
import type { Json } from '../model/json.ts'
import type { ErrorSummary } from '../model/status.ts'
import type { Preview } from '../ports/target.ts'

/** One step of a JSON patch (RFC 6902), with the value it replaces. */
export interface PatchStep {
  readonly op: 'add' | 'remove' | 'replace'
  /** JSON pointer (RFC 6901). */
  readonly path: string
  readonly before?: Json
  readonly after?: Json
}

/** What one change does, field by field. Made from a preview, so sensitive values are masked already. */
export interface ResourceDiff {
  readonly key: string
  readonly steps: readonly PatchStep[]
  /** Why nobody can tell what the change does, where that is so: the target would refuse it. */
  readonly error?: ErrorSummary
}

/** The difference between before and after of a change. Pure. */
export function diffOf(change: PlannedChange, preview: Preview): ResourceDiff {
  const before = preview.before ?? null
  const after = preview.after ?? null
  const bothAreTrees = isTree(before) && isTree(after)
  // The patch library walks objects; a side that is missing is one whole step.
  const steps = bothAreTrees ? stepsBetween(before, after) : wholeStep(before, after)
  return { key: change.key, steps }
}

const isTree = (value: Json): boolean => typeof value === 'object' && value !== null

function stepsBetween(before: Json, after: Json): readonly PatchStep[] {
  return patches.compare(before as object, after as object).flatMap((step): PatchStep[] => {
    if (step.op !== 'add' && step.op !== 'remove' && step.op !== 'replace') return []
    const was = step.op === 'add' ? undefined : valueAt(before, step.path)
    return [
      {
        op: step.op,
        path: step.path,
        ...(was !== undefined && { before: was }),
        ...(step.op !== 'remove' && { after: step.value as Json }),
      },
    ]
  })
}

/** The value a pointer names. The library's own way refuses `__proto__`, which is a field like any other to read. */
function valueAt(root: Json, pointer: string): Json {
  const names = pointer.split('/').slice(1).map(patches.unescapePathComponent)
  return names.reduce((at: unknown, name) => (at as Record<string, unknown>)[name], root) as Json
}

function wholeStep(before: Json, after: Json): readonly PatchStep[] {
  if (before === null && after === null) return []
  if (before === null) return [{ op: 'add', path: '', after }]
  if (after === null) return [{ op: 'remove', path: '', before }]
  return [{ op: 'replace', path: '', before, after }]
}
