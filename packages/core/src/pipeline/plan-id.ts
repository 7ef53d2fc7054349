import { canonicalJson } from '../digest/canonical-json.ts'
import { isHeal, type PlannedChange } from '../model/change.ts'

/**
 * Names a plan by what it would do: application, target, and each change that is not a heal, with what it expects
 * (which incarnation, never its version), its digests, reason and stage; and each hook that it runs, with its digest. So a heartbeat, an unrelated commit or a
 * healed drift leaves the id as it is, and an edit of a resource the plan touches changes it.
 */
export function planId(
  application: string,
  target: string,
  changes: readonly PlannedChange[],
  digest: (content: string) => string,
  hooks: readonly PlannedChange[] = [],
): string {
  const work = changes.filter((change) => !isHeal(change))
  const stageOf = stagesAmong(work)
  const named = work
    .map(({ key, action, reason, expects, from, to, fingerprint, stage }) => ({
      key,
      action,
      reason,
      expects: expects.kind === 'absent' ? 'absent' : { uid: expects.uid },
      from,
      to,
      fingerprint,
      stage: stageOf.get(stage),
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  const run = hooks.map(({ key, to }) => [key, to ?? '']).sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
  return digest(canonicalJson({ application, target, work: named, ...(run.length > 0 && { hooks: run }) }))
}

/** Stages counted over the work alone: a heal that has a stage to itself moves the numbers of those behind it. */
function stagesAmong(work: readonly PlannedChange[]): ReadonlyMap<number, number> {
  const stages = [...new Set(work.map(({ stage }) => stage))].sort((a, b) => a - b)
  return new Map(stages.map((stage, rank) => [stage, rank]))
}
