import type { Store, StoreLeases } from '../../../src/ports/store.ts'
import { faulty } from './faulty-store.ts'

const none = 'shows no lease where nobody has taken one'
const shown = 'shows who has the lease, and for how long, to everybody'
const held = 'rejects who opens with a lease that another one has, names that one, and changes nothing'
const renewed = 'shows another version of the lease after each renewal'
export const ranOut: string =
  'gives the lease to who names the version that ran out, and fences off the one before'
const late = 'rejects who names a version that was renewed since'
const atOnce = 'gives the lease to one of those who ask for it at once'
const givenBack = 'has its lease free once it is given back, and the epoch is still the latest'
const later = 'keeps the lease of a later opening when an earlier one gives its own back'
export const without: string =
  'ends the lease with an opening without one, and leaves it to one that only reads'

/** Every fact about the lease. */
export const leaseFactNames: readonly string[] = [
  none,
  shown,
  held,
  renewed,
  ranOut,
  late,
  atOnce,
  givenBack,
  later,
  without,
]

const leasing = (store: Store, change: (lease: StoreLeases) => Partial<StoreLeases>): Partial<Store> => {
  const lease = store.lease as StoreLeases
  return { lease: { ...lease, ...change(lease) } }
}

export const brokenLeases = [
  faulty('a lease that was always there', [none, givenBack, without], (store) =>
    leasing(store, ({ read }) => ({
      read: async (options) => (await read(options)) ?? { holder: 'nobody', ttlMs: 1, version: '0' },
    })),
  ),
  faulty('a lease for another time', [shown], (store) => ({
    open: ({ lease, ...options }) =>
      store.open({ ...options, ...(lease && { lease: { ...lease, ttlMs: lease.ttlMs * 2 } }) }),
  })),
  faulty('a lease for everybody', [held, late, atOnce], (store) => ({
    async open({ lease, ...options }) {
      for (;;) {
        const found = await store.lease?.read(options)
        const request = lease && { lease: { ...lease, ...(found && { after: found.version }) } }
        const opened = await store.open({ ...options, ...request }).catch(() => undefined)
        if (opened !== undefined || lease === undefined) return opened ?? store.open(options)
      }
    },
  })),
  faulty('a renewal that nobody sees', [renewed, late], (store) =>
    leasing(store, () => ({
      renew: async (options) => {
        const { epoch } = await store.open({ ...options, reading: true })
        const found = await store.lease?.read(options)
        if (epoch !== options.epoch || found === undefined) await store.lease?.renew(options)
      },
    })),
  ),
  faulty('a renewal by anybody', [ranOut, without], (store) =>
    leasing(store, ({ renew }) => ({
      renew: async (options) => {
        const { epoch } = await store.open({ ...options, reading: true })
        if (epoch === options.epoch) await renew(options)
      },
    })),
  ),
  faulty('a lease that is never given back', [givenBack], (store) =>
    leasing(store, () => ({ release: async () => {} })),
  ),
  faulty('a release by anybody', [later], (store) =>
    leasing(store, ({ release }) => ({
      release: async (options) => {
        const { epoch } = await store.open({ ...options, reading: true })
        await release({ ...options, epoch })
      },
    })),
  ),
  faulty('a release that raises the epoch', [givenBack, later], (store) =>
    leasing(store, () => ({ release: async (options) => void (await store.open({ ...options })) })),
  ),
]
