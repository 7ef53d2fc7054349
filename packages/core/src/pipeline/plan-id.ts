import { isHeal, type PlannedChange } from '../model/change.ts'
import { canonicalJson } from '../digest/canonical-json.ts'

/**
 * Names a plan by what it would do: application, target, and each change that is not a heal, with what it expects
 * (which incarnation, never its version), its digests, reason and stage. So a heartbeat, an unrelated commit or a
 * healed drift leaves the id as it is, and an edit of a resource the plan touches changes it.
 */
export function planId(
  application: string,
  target: string,
  changes: readonly PlannedChange[],
  digest: (content: string) => string,
): string {
  const work = changes
    .filter(change => !isHeal(change))
    .map(({ key, action, reason, expects, from, to, fingerprint, stage }) => ({
      key,
      action,
      reason,
      expects: expects.kind === 'absent' ? 'absent' : { uid: expects.uid },
      from,
      to,
      fingerprint,
      stage,
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  return digest(canonicalJson({ application, target, work }))
}
