import type { PlannedChange } from '../../src/model/change.ts'
import type { Applied, InventoryEntry } from '../../src/model/inventory.ts'
import type { Plan } from '../../src/model/plan.ts'
import { defaultPolicy, type SyncPolicy } from '../../src/model/policy.ts'
import type { Observation, Owner, Traits } from '../../src/model/resource.ts'
import type { DesiredRecord } from '../../src/pipeline/desired-set.ts'
import { compareFingerprints, type Differences, type DiffInput, diff } from '../../src/pipeline/diff.ts'
import type { GuardInput } from '../../src/pipeline/guards/guard.ts'

/** The application of these tests, and two that it is not. */
export const us: Owner = { installation: 'here', application: 'shop' }
export const neighbour: Owner = { installation: 'here', application: 'billing' }
export const stranger: Owner = { installation: 'elsewhere', application: 'shop' }

/** A desired resource with the digest `1`, as `applied` was. */
export const wanted = (digest = '1', traits?: Traits, key = 'web'): DesiredRecord => ({
  key,
  label: `label of ${key}`,
  digest,
  traits,
  origin: undefined,
})

/** What was recorded when digest `1` was applied to the incarnation `u1`. */
export const applied = (over: Partial<Applied> = {}): Applied => ({
  uid: 'u1',
  digest: '1',
  fingerprint: 'f1',
  ...over,
})

/** An inventory entry that is owned and nothing else, unless told otherwise. */
export const entry = (over: Partial<InventoryEntry> = { owned: applied() }, key = 'web'): InventoryEntry => ({
  key,
  label: `label of ${key}`,
  ...over,
})

/** A live resource as it was right after it was applied. `owner: undefined` takes the mark away. */
export const live = (
  over: Omit<Partial<Observation>, 'owner' | 'uid'> & {
    readonly owner?: Owner | undefined
    readonly uid?: string | undefined
  } = {},
  key = 'web',
): Observation => {
  const { owner = 'owner' in over ? undefined : us, uid = 'uid' in over ? undefined : 'u1', ...rest } = over
  return {
    key,
    version: 'v1',
    fingerprint: 'f1',
    health: { state: 'healthy' },
    ...(uid !== undefined && { uid }),
    ...(owner && { owner }),
    ...rest,
  }
}

/** Changes keyed as everything that has a key is looked up. */
export const byKey = <Value extends { readonly key: string }>(
  ...values: readonly (Value | undefined)[]
): ReadonlyMap<string, Value> =>
  new Map(values.filter((value) => value !== undefined).map((value) => [value.key, value]))

/** What `diff` finds for one resource that is desired, recorded and live, or not. */
export const diffOne = (
  found: {
    readonly desired?: DesiredRecord
    readonly entry?: InventoryEntry
    readonly live?: Observation
  },
  over: Partial<DiffInput> = {},
): Differences =>
  diff({
    desired: byKey(found.desired),
    inventory: byKey(found.entry),
    observed: byKey(found.live),
    owner: us,
    marks: true,
    compare: compareFingerprints,
    ...over,
  })

/** A planned change; by default an update of `web` because it changed. */
export const change = (over: Partial<PlannedChange> = {}): PlannedChange => {
  const key = over.key ?? 'web'
  return {
    key,
    label: `label of ${key}`,
    action: 'update',
    reason: 'changed',
    expects: { kind: 'present', uid: 'u1', version: 'v1' },
    stage: 0,
    ...over,
  }
}

/** Deletes of this many resources: `r0`, `r1`, ... */
export const deletes = (count: number): readonly PlannedChange[] =>
  Array.from({ length: count }, (_, at) => change({ key: `r${at}`, action: 'delete', reason: 'removed' }))

/** A plan without holds. */
export const planOf = (changes: readonly PlannedChange[], over: Partial<Plan> = {}): Plan => ({
  formatVersion: 1,
  id: 'plan-id-0123456789',
  application: 'shop',
  target: 'cluster-1',
  revision: { id: 'c1' },
  desiredDigest: 'd1',
  at: 0,
  changes,
  holds: [],
  waiting: [],
  unchanged: 0,
  ...over,
})

/** What a guard sees: a policy that allows everything, and a world in which nothing is special. */
export const guardInput = (
  changes: readonly PlannedChange[],
  over: Partial<Omit<GuardInput, 'policy'>> & { readonly policy?: Partial<SyncPolicy> } = {},
): GuardInput => ({
  changes,
  plan: { id: 'plan-id-0123456789', revision: { id: 'c1' } },
  consent: { kind: 'none' },
  owner: us,
  liveOwnerOf: () => undefined,
  outsideOf: () => undefined,
  traitsOf: () => ({}),
  desired: 100,
  inventory: 100,
  waiting: 0,
  deletions: [],
  now: 10_000_000,
  asked: false,
  begun: false,
  hooksDue: false,
  removing: false,
  ...over,
  policy: { ...defaultPolicy, prune: true, ...over.policy },
})
