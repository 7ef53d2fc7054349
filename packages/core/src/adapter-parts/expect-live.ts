import { MooringError } from '../errors/mooring-error.ts'
import type { PlannedChange } from '../model/change.ts'
import type { Observation } from '../model/resource.ts'

/**
 * Throws `EXPECTATION_NOT_MET`, a conflict, unless what is live is what the change expects. Call it right before the
 * write, with what was just read, where the system itself cannot make the write depend on it.
 */
export function expectLive(
  { expects, label }: PlannedChange,
  live: Pick<Observation, 'uid' | 'version'> | undefined,
): void {
  if (expects.kind === 'absent') {
    if (live !== undefined) throw expectationNotMet(label, 'nothing', 'an existing resource')
    return
  }
  if (live === undefined) throw expectationNotMet(label, 'an existing resource', 'nothing')
  if (expects.uid !== undefined && expects.uid !== live.uid) {
    throw expectationNotMet(label, 'the resource that was planned for', 'another one of the same name')
  }
  if (expects.version !== undefined && expects.version !== live.version) {
    throw expectationNotMet(label, 'the resource as it was planned for', 'one that was changed since')
  }
}

/** The conflict that `apply` throws, without effect, when it does not find what the change expects. */
export const expectationNotMet = (label: string, expected: string, found: string): MooringError =>
  new MooringError({
    code: 'EXPECTATION_NOT_MET',
    kind: 'conflict',
    message: `${label}: expected ${expected}, found ${found}`,
    hint: 'Nothing was changed; the engine looks again and plans anew.',
  })
