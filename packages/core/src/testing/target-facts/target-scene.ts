import assert from 'node:assert/strict'
import type { Change, Expectation } from '../../model/change.ts'
import type { Applied } from '../../model/inventory.ts'
import type { Desired, Observation, ResourceKey } from '../../model/resource.ts'
import type { Call } from '../../ports/call.ts'
import type { Comparison, Target } from '../../ports/target.ts'
import type { TargetHarness } from '../describe-target.ts'
import { within } from '../expectations.ts'
import type { Fact } from '../suite.ts'
import { testCall } from '../test-call.ts'
import { creationOf } from './changes.ts'

/** A resource that was just created. */
export interface Created {
  readonly desired: Desired<unknown>
  readonly observation: Observation
}

/** A target with what most facts do to it. Facts never look inside a manifest, so its type is unknown to them. */
export interface TargetScene {
  readonly harness: TargetHarness<unknown>
  readonly target: Target<unknown>
  readonly patienceMs: number
  /** On behalf of the owner all facts are told from. */
  readonly call: Call
  /** On behalf of somebody else: another application of another installation. */
  readonly stranger: Call
  readonly desire: (manifest: unknown, call?: Call) => Promise<Desired<unknown>>
  readonly create: (manifest: unknown, call?: Call) => Promise<Created>
  /** What is live now, or undefined. */
  readonly look: (key: ResourceKey, call?: Call) => Promise<Observation | undefined>
  /** What is live now; fails when nothing is. */
  readonly mustSee: (key: ResourceKey, call?: Call) => Promise<Observation>
  /** Looks until the resource is gone. */
  readonly untilGone: (key: ResourceKey) => Promise<void>
  /** Expects exactly what was observed, as far as the target supports it. */
  readonly expecting: (observation: Observation) => Expectation
  /** Applies a change that must be answered with what is live. */
  readonly applied: (change: Change<unknown>, call?: Call) => Promise<Observation>
  readonly compare: (recorded: Applied, observed: Observation) => Comparison
}

/** One line of the target contract. */
export type TargetFact = Fact<TargetScene>

/** The scene around one harness. */
export function targetScene(harness: TargetHarness<unknown>, patienceMs: number): TargetScene {
  const { target } = harness
  const call = testCall()
  const stranger = testCall({ owner: { installation: 'stranger', application: 'another' } })

  const look: TargetScene['look'] = async (key, by = call) =>
    (await target.observe([key], { ...by, fresh: true })).get(key)

  const mustSee: TargetScene['mustSee'] = async (key, by) => {
    const observation = await look(key, by)
    assert.ok(observation, `Expected ${key} to be live, but observe left it out`)
    return observation
  }

  const desire: TargetScene['desire'] = (manifest, by = call) => desireOne(target, manifest, by)

  const applied: TargetScene['applied'] = async (change, by = call) => {
    const { observation } = await target.apply(change, by)
    assert.ok(observation, `Expected ${change.action} of ${change.key} to answer what is live`)
    return observation
  }

  return {
    harness,
    target,
    patienceMs,
    call,
    stranger,
    desire,
    look,
    mustSee,
    applied,
    expecting: (observation) => expectationOf(target, observation),
    compare: (recorded, observed) =>
      target.compare?.(recorded, observed) ??
      (recorded.fingerprint === observed.fingerprint ? 'same' : 'drift'),
    async create(manifest, by = call) {
      const desired = await desire(manifest, by)
      return { desired, observation: await applied(creationOf(desired), by) }
    },
    async untilGone(key) {
      const poll = async () => {
        while ((await look(key)) !== undefined) await new Promise((resolve) => setTimeout(resolve, 20))
      }
      await within(poll(), patienceMs, `${key} to be gone`)
    },
  }
}

async function desireOne(target: Target<unknown>, manifest: unknown, call: Call): Promise<Desired<unknown>> {
  const { desired, waiting } = await target.prepare([{ manifest }], call)
  assert.deepEqual(waiting, [], 'Expected nothing to wait')
  const [only, ...more] = desired
  assert.ok(only !== undefined && more.length === 0, 'Expected one desired resource for one manifest')
  return only
}

function expectationOf({ supports }: Target<unknown>, { uid, version }: Observation): Expectation {
  return {
    kind: 'present',
    ...(supports.uids && uid !== undefined && { uid }),
    ...(supports.versions && version !== undefined && { version }),
  }
}

/** What would be recorded of a resource right after it was applied. */
export function recordOf({ digest }: Desired<unknown>, { uid, fingerprint, memo }: Observation): Applied {
  return {
    digest,
    ...(uid !== undefined && { uid }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(memo !== undefined && { memo }),
  }
}

/** Fails unless both observations are of one untouched state of one resource. */
export function assertUntouched(before: Observation, after: Observation | undefined, why: string): void {
  const identity = ({ key, uid, version, fingerprint, owner }: Observation) => ({
    key,
    uid,
    version,
    fingerprint,
    owner,
  })
  assert.deepEqual(after && identity(after), identity(before), why)
}
