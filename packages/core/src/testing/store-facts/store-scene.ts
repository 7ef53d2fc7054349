import assert from 'node:assert/strict'
import type { HistoryEntry } from '../../model/history.ts'
import type { InventoryEntry } from '../../model/inventory.ts'
import type { ApplicationState, StateDelta } from '../../model/state.ts'
import type { Abortable } from '../../ports/call.ts'
import type { Store, Versioned } from '../../ports/store.ts'
import type { StoreHarness } from '../describe-store.ts'
import type { Fact } from '../suite.ts'

/** An opened store with what most facts do to it. */
export interface StoreScene {
  readonly harness: StoreHarness
  readonly store: Store
  readonly never: Abortable
  /** Of the opening that the facts commit with. */
  readonly epoch: () => Promise<number>
  /** Commits what the delta names, on top of the version given; without one, as the first commit. */
  readonly commit: (application: string, delta: Partial<StateDelta>, expected?: string) => Promise<string>
  /** What is kept; fails when nothing is. */
  readonly mustLoad: (application: string) => Promise<Versioned<ApplicationState>>
  /** What was committed, without places. */
  readonly history: (application: string, limit?: number) => Promise<readonly HistoryEntry[]>
  /** Everything a refused call could have changed, as this or another store gives it. */
  readonly everything: (application: string, from?: Store) => Promise<unknown>
  /** The same memory as another process finds it now; the store itself where it is not durable. */
  readonly elsewhere: () => Promise<Store>
}

/** One line of the store contract. */
export type StoreFact = Fact<StoreScene>

/** The scene around one harness. The store is opened when a fact first needs an epoch. */
export function storeScene(harness: StoreHarness): StoreScene {
  const { store } = harness
  const never = { signal: new AbortController().signal }
  let opening: Promise<number> | undefined
  const epoch = () => (opening ??= store.open(never).then((installation) => installation.epoch))
  const history: StoreScene['history'] = async (application, limit = 100) =>
    (await store.history(application, { ...never, limit })).map(({ place: _, ...entry }) => entry)
  return {
    harness,
    store,
    never,
    epoch,
    history,
    commit: async (application, delta, expected) =>
      store.commit(application, { ...nothing, ...delta }, { ...never, expected, epoch: await epoch() }),
    async mustLoad(application) {
      const loaded = await store.load(application, never)
      assert.ok(loaded, `Expected ${application} to be kept`)
      return loaded
    },
    async everything(application, from = store) {
      const loaded = await from.load(application, never)
      const entries = await from.history(application, { ...never, limit: 100 })
      return [loaded, entries, [...(await from.list(never))].sort()]
    },
    async elsewhere() {
      if (!store.supports.durable) return store
      assert.ok(harness.reopen, 'Expected the harness of a durable store to have reopen')
      return harness.reopen()
    },
  }
}

/** A delta that changes nothing. */
export const nothing: StateDelta = { head: { deletions: [] }, set: [], remove: [], history: [] }

/** An entry with everything an entry can have. */
export function entryOf(key: string, digest = 'digest'): InventoryEntry {
  return {
    key,
    label: `Thing ${key}`,
    owned: {
      uid: `uid of ${key}`,
      digest,
      fingerprint: '1:fingerprint',
      memo: '{"small":"record"}',
      traits: { wave: -1, dependsOn: ['other'], prune: 'never', cascades: true },
      dependencies: ['first', 'second'],
    },
    pending: {
      action: 'update',
      digest: 'next',
      expects: { kind: 'present', uid: `uid of ${key}`, version: '7' },
    },
  }
}

/** A history entry of this time. */
export function historyOf(at: number): HistoryEntry {
  const counts = { created: 1, updated: 2, deleted: 0, replaced: 0, released: 0, failed: 0, held: 3 }
  return {
    at,
    cause: 'commit',
    actor: 'Ada <ada@example.com>',
    operation: `operation ${at}`,
    planId: 'plan',
    from: 'r1',
    to: 'r2',
    message: 'Würze — "quoted"\nsecond line',
    counts,
    outcome: 'synced',
    reasons: ['because'],
    tookMs: 12,
  }
}
