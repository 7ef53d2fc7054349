import assert from 'node:assert/strict'
import type { Installation, LeaseRequest, Store, StoreLease, StoreLeases } from '../../ports/store.ts'
import { rejection, rejectsWithCode } from '../expectations.ts'
import { nothing, type StoreFact, type StoreScene } from './store-scene.ts'

const noLease: StoreFact['unless'] = ({ store }) =>
  store.supports.lease === true ? undefined : 'supports.lease is not true'

/** One engine at a time, and whoever stands by sees whether it is still there. */
export const leaseFacts: readonly StoreFact[] = [
  {
    name: 'shows no lease where nobody has taken one',
    unless: noLease,
    async run(scene) {
      assert.equal(await leasesOf(scene.store).read(scene.never), undefined)
      await scene.epoch()
      assert.equal(await leasesOf(scene.store).read(scene.never), undefined)
    },
  },
  {
    name: 'shows who has the lease, and for how long, to everybody',
    unless: noLease,
    async run(scene) {
      await take(scene, scene.store, 'first')
      for (const store of [scene.store, await scene.elsewhere()]) {
        const { holder, ttlMs } = await mustRead(scene, store)
        assert.deepEqual({ holder, ttlMs }, { holder: 'first', ttlMs: 60_000 })
      }
    },
  },
  {
    name: 'rejects who opens with a lease that another one has, names that one, and changes nothing',
    unless: noLease,
    async run(scene) {
      const { epoch } = await take(scene, scene.store, 'first')
      const before = await mustRead(scene)
      const other = await scene.elsewhere()
      const refused = await rejection(take(scene, other, 'second'), 'an opening while another has the lease')
      assert.equal(refused.code, 'LEASE_HELD')
      assert.ok(refused.message.includes('first'), `Expected the holder in: ${refused.message}`)
      assert.deepEqual(await mustRead(scene), before)
      await scene.store.commit('app', nothing, { ...scene.never, expected: undefined, epoch })
    },
  },
  {
    name: 'shows another version of the lease after each renewal',
    unless: noLease,
    async run(scene) {
      const { epoch } = await take(scene, scene.store, 'first')
      const versions = new Set([(await mustRead(scene)).version])
      for (let renewal = 1; renewal <= 3; renewal++) {
        await leasesOf(scene.store).renew({ ...scene.never, epoch })
        versions.add((await mustRead(scene)).version)
        assert.equal(versions.size, renewal + 1, 'Expected another version after each renewal')
      }
    },
  },
  {
    name: 'gives the lease to who names the version that ran out, and fences off the one before',
    unless: noLease,
    async run(scene) {
      const { epoch } = await take(scene, scene.store, 'first')
      const other = await scene.elsewhere()
      const { version } = await mustRead(scene)
      const second = await take(scene, other, 'second', version)
      assert.ok(second.epoch > epoch, 'Expected the epoch to rise')
      const now = await mustRead(scene)
      assert.equal(now.holder, 'second')
      assert.notEqual(now.version, version, 'Expected another version')
      const late = scene.store.commit('app', nothing, { ...scene.never, expected: undefined, epoch })
      await rejectsWithCode(late, 'SUPERSEDED', 'commit of the one before')
      const renewal = leasesOf(scene.store).renew({ ...scene.never, epoch })
      await rejectsWithCode(renewal, 'SUPERSEDED', 'renewal by the one before')
      assert.deepEqual(await mustRead(scene), now)
    },
  },
  {
    name: 'rejects who names a version that was renewed since',
    unless: noLease,
    async run(scene) {
      const { epoch } = await take(scene, scene.store, 'first')
      const { version } = await mustRead(scene)
      await leasesOf(scene.store).renew({ ...scene.never, epoch })
      const other = await scene.elsewhere()
      await rejectsWithCode(take(scene, other, 'second', version), 'LEASE_HELD', 'an opening after a renewal')
      assert.equal((await mustRead(scene)).holder, 'first')
    },
  },
  {
    name: 'gives the lease to one of those who ask for it at once',
    unless: noLease,
    async run(scene) {
      await take(scene, scene.store, 'before')
      const { version } = await mustRead(scene)
      const others = await Promise.all(Array.from({ length: 5 }, () => scene.elsewhere()))
      const opened = await Promise.allSettled(
        others.map((other, number) => take(scene, other, `engine ${number}`, version)),
      )
      const taken = opened.flatMap(({ status }, number) => (status === 'fulfilled' ? [number] : []))
      assert.equal(taken.length, 1, `Expected one to have it, found ${taken.length}`)
      assert.equal((await mustRead(scene)).holder, `engine ${taken[0]}`)
    },
  },
  {
    name: 'has its lease free once it is given back, and the epoch is still the latest',
    unless: noLease,
    async run(scene) {
      const { epoch } = await take(scene, scene.store, 'first')
      await leasesOf(scene.store).release({ ...scene.never, epoch })
      assert.equal(await leasesOf(scene.store).read(scene.never), undefined)
      await scene.store.commit('app', nothing, { ...scene.never, expected: undefined, epoch })
      const renewal = leasesOf(scene.store).renew({ ...scene.never, epoch })
      await rejectsWithCode(renewal, 'SUPERSEDED', 'renewal of a lease that was given back')
      await take(scene, await scene.elsewhere(), 'second')
    },
  },
  {
    name: 'keeps the lease of a later opening when an earlier one gives its own back',
    unless: noLease,
    async run(scene) {
      const { epoch } = await take(scene, scene.store, 'first')
      await take(scene, await scene.elsewhere(), 'second', (await mustRead(scene)).version)
      const before = await mustRead(scene)
      await leasesOf(scene.store).release({ ...scene.never, epoch })
      assert.deepEqual(await mustRead(scene), before)
    },
  },
  {
    name: 'ends the lease with an opening without one, and leaves it to one that only reads',
    unless: noLease,
    async run(scene) {
      const { epoch } = await take(scene, scene.store, 'first')
      const other = await scene.elsewhere()
      const before = await mustRead(scene)
      await other.open({ ...scene.never, reading: true })
      assert.deepEqual(await mustRead(scene), before)
      await other.open(scene.never)
      assert.equal(await leasesOf(scene.store).read(scene.never), undefined)
      const renewal = leasesOf(scene.store).renew({ ...scene.never, epoch })
      await rejectsWithCode(renewal, 'SUPERSEDED', 'renewal after an opening without a lease')
    },
  },
]

function leasesOf({ lease }: Store): StoreLeases {
  assert.ok(lease, 'Expected a store that supports.lease to have one')
  return lease
}

async function mustRead({ store, never }: StoreScene, from = store): Promise<StoreLease> {
  const found = await leasesOf(from).read(never)
  assert.ok(found, 'Expected somebody to have the lease')
  return found
}

/** Opens for writing. The time is longer than any test takes: what runs out, the facts say. */
function take({ never }: StoreScene, store: Store, holder: string, after?: string): Promise<Installation> {
  const lease: LeaseRequest = { holder, ttlMs: 60_000, ...(after !== undefined && { after }) }
  return store.open({ ...never, lease })
}
