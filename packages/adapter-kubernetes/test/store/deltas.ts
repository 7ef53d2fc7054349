import type { HistoryEntry, InventoryEntry, StateDelta } from '@mooring/core'

/** A delta that changes nothing but what it is given. */
export const deltaOf = (delta: Partial<StateDelta> = {}): StateDelta => ({
  head: { deletions: [] },
  set: [],
  remove: [],
  history: [],
  ...delta,
})

/** An entry of some 300 characters. */
export const entryOf = (key: string, digest = 'd'.repeat(43)): InventoryEntry => ({
  key,
  label: `Deployment ${key}`,
  owned: {
    uid: '0e9d3c9e-8f5d-4a43-9f8e-0d1f3c2b1a00',
    digest,
    fingerprint: `1:${'f'.repeat(43)}`,
    memo: '{"small":"record"}',
    dependencies: ['/Namespace//shop'],
  },
})

/** Entries in order of their keys. */
export const entries = (count: number, digest?: string): readonly InventoryEntry[] =>
  Array.from({ length: count }, (_, at) =>
    entryOf(`apps/Deployment/shop/web-${String(at).padStart(6, '0')}`, digest),
  )

/** A history entry of this time. */
export const historyOf = (at: number, message = 'Raise the number of replicas'): HistoryEntry => ({
  at,
  cause: 'commit',
  actor: 'Ada <ada@example.com>',
  to: 'r2',
  message,
  counts: { created: 1, updated: 2, deleted: 0, replaced: 0, released: 0, failed: 0, held: 0 },
  outcome: 'synced',
  reasons: [],
})

/** The error a promise rejects with. */
export const errorOf = (
  promise: Promise<unknown>,
): Promise<{ code: string; kind: string; message: string; hint: string }> =>
  promise.then(
    (value) => {
      throw new Error(`It should have failed, and gave ${JSON.stringify(value)}`)
    },
    (error) => error,
  )
