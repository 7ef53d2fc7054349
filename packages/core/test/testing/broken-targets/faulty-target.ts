import type { Change } from '../../../src/model/change.ts'
import type { Observation } from '../../../src/model/resource.ts'
import type { Call } from '../../../src/ports/call.ts'
import type { ApplyResult } from '../../../src/ports/target.ts'
import type { MemoryManifest, MemoryTarget, TargetHarness } from '../../../src/testing/index.ts'
import type { Broken } from '../prove.ts'

export type MemoryHarness = TargetHarness<MemoryManifest> & { readonly target: MemoryTarget }
export type BrokenTarget = Broken<MemoryHarness>
export type MemoryChange = Change<MemoryManifest>

/** The memory target with some methods replaced, made anew for each fact so that a fault may remember things. */
export function faulty(
  name: string,
  fails: readonly string[],
  fault: (target: MemoryTarget) => Partial<MemoryTarget>,
): BrokenTarget {
  return {
    name,
    fails,
    breaks: (harness) => ({ ...harness, target: { ...harness.target, ...fault(harness.target) } }),
  }
}

/** Everything that is seen of live resources, seen otherwise. */
export function seeing(
  target: MemoryTarget,
  see: (observation: Observation, call: Call) => Observation,
): Pick<MemoryTarget, 'observe' | 'apply'> {
  return {
    async observe(keys, call) {
      const seen = await target.observe(keys, call)
      return new Map([...seen].map(([key, observation]) => [key, see(observation, call)]))
    },
    apply: async (change, call) => answering(await target.apply(change, call), (one) => see(one, call)),
  }
}

/** Every answer of apply, given otherwise. */
export function answering(result: ApplyResult, see: (observation: Observation) => Observation): ApplyResult {
  return result.observation === undefined ? result : { ...result, observation: see(result.observation) }
}

/** Changes of one action, applied otherwise. */
export function applying(
  target: MemoryTarget,
  action: MemoryChange['action'],
  apply: (change: MemoryChange, call: Call) => Promise<ApplyResult>,
): Pick<MemoryTarget, 'apply'> {
  return {
    apply: (change, call) => (change.action === action ? apply(change, call) : target.apply(change, call)),
  }
}

/** A change that no longer expects a version, or a uid. */
export function without(expected: 'version' | 'uid', change: MemoryChange): MemoryChange {
  if (change.expects.kind === 'absent') return change
  const { [expected]: _, ...expects } = change.expects
  return { ...change, expects }
}

export const never: AbortSignal = new AbortController().signal
