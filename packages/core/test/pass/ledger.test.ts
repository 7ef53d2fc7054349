import { describe, expect, test } from 'vitest'
import { MooringError } from '../../src/errors/mooring-error.ts'
import type { ApplicationHead } from '../../src/model/state.ts'
import { type Ledger, ledger } from '../../src/pass/ledger.ts'
import type { Store } from '../../src/ports/store.ts'
import { memoryStore } from '../../src/store-memory/memory-store.ts'
import { entry } from '../pipeline/scene.ts'

const { signal } = new AbortController()
const head = (target: string): ApplicationHead => ({ deletions: [], target })

interface Scene {
  readonly store: Store
  readonly ledger: Ledger
  /** What the next commit meets. `lost` = it takes effect and its answer is lost. */
  readonly fail: (error: Error, when?: 'refused' | 'lost') => void
  readonly loads: () => number
}

async function scene(over: { readonly epoch?: number } = {}): Promise<Scene> {
  const plain = memoryStore()
  const { epoch } = await plain.open({ signal })
  let loads = 0
  let fault: { readonly error: Error; readonly when: 'refused' | 'lost' } | undefined
  const store: Store = {
    ...plain,
    load: (...given) => {
      loads++
      return plain.load(...given)
    },
    commit: async (...given) => {
      const struck = fault
      fault = undefined
      if (struck?.when === 'refused') throw struck.error
      const version = await plain.commit(...given)
      if (struck !== undefined) throw struck.error
      return version
    },
  }
  return {
    store: plain,
    ledger: ledger('shop', store, () => over.epoch ?? epoch),
    fail: (error, when = 'refused') => {
      fault = { error, when }
    },
    loads: () => loads,
  }
}

const inStore = async (store: Store) => (await store.load('shop', { signal }))?.value

describe('a ledger', () => {
  test('of an application nobody recorded is empty', async () => {
    const { ledger } = await scene()
    expect(ledger.peek()).toEqual({ formatVersion: 1, head: { deletions: [] }, inventory: new Map() })
    expect(await ledger.read(signal)).toEqual(ledger.peek())
  })

  test('gives and keeps what it committed, entry by entry', async () => {
    const { ledger, store } = await scene()
    await ledger.commit({ head: head('one'), set: [entry(undefined, 'a'), entry(undefined, 'b')] }, signal)
    const after = await ledger.commit({ set: [entry(undefined, 'c')], remove: ['a'] }, signal)
    expect(after.head).toEqual(head('one'))
    expect([...after.inventory.keys()]).toEqual(['b', 'c'])
    expect(ledger.peek()).toBe(after)
    expect(await inStore(store)).toEqual(after)
  })

  test('asks the store once, and not again while nobody else writes', async () => {
    const { ledger, loads } = await scene()
    await Promise.resolve(ledger.read(signal))
    await ledger.commit({ head: head('one') }, signal)
    await ledger.read(signal)
    expect(loads()).toBe(1)
  })

  test('reads what was there before it', async () => {
    const { store, ledger: first } = await scene()
    await first.commit({ head: head('one'), set: [entry()] }, signal)
    const second = ledger('shop', store, () => 1)
    expect((await second.read(signal)).head).toEqual(head('one'))
  })

  test('writes history in the same commit', async () => {
    const { ledger, store } = await scene()
    const counts = { created: 1, updated: 0, deleted: 0, replaced: 0, released: 0, failed: 0, held: 0 }
    const line = {
      at: 1,
      cause: 'commit',
      actor: 'ada',
      to: 'c1',
      counts,
      outcome: 'synced',
      reasons: [],
    } as const
    await ledger.commit({ history: [line] }, signal)
    expect(await store.history('shop', { signal, limit: 5 })).toEqual([{ ...line, place: '1' }])
  })

  test('that was overtaken refuses, and knows the newer state the next time', async () => {
    const { store, ledger: ours } = await scene()
    const theirs = ledger('shop', store, () => 1)
    await ours.commit({ head: head('one') }, signal)
    await theirs.commit({ head: head('two') }, signal)
    await expect(ours.commit({ head: head('three') }, signal)).rejects.toMatchObject({
      code: 'STATE_CONFLICT',
      kind: 'conflict',
    })
    expect((await inStore(store))?.head).toEqual(head('two'))
    expect((await ours.read(signal)).head).toEqual(head('two'))
    await ours.commit({ head: head('three') }, signal)
    expect((await inStore(store))?.head).toEqual(head('three'))
  })

  test.each(['refused', 'lost'] as const)(
    'whose commit was %s looks again at what is there',
    async (when) => {
      const { store, ledger, fail } = await scene()
      await ledger.commit({ head: head('one') }, signal)
      fail(new Error('disk'), when)
      await expect(ledger.commit({ head: head('two') }, signal)).rejects.toThrow('disk')
      const there = when === 'lost' ? head('two') : head('one')
      expect((await ledger.read(signal)).head).toEqual(there)
      await ledger.commit({ head: head('three') }, signal)
      expect((await inStore(store))?.head).toEqual(head('three'))
    },
  )

  test('of an older opening writes nothing', async () => {
    const { store, ledger } = await scene({ epoch: 0 })
    await expect(ledger.commit({ head: head('one') }, signal)).rejects.toMatchObject({ code: 'SUPERSEDED' })
    expect(await inStore(store)).toBeUndefined()
  })

  test('that is superseded keeps what it knew', async () => {
    const { ledger, fail, loads } = await scene()
    await ledger.commit({ head: head('one') }, signal)
    fail(new MooringError({ code: 'SUPERSEDED', kind: 'permanent', message: 'x' }))
    await expect(ledger.commit({ head: head('two') }, signal)).rejects.toMatchObject({ code: 'SUPERSEDED' })
    expect(ledger.peek().head).toEqual(head('one'))
    expect(loads()).toBe(1)
  })

  test('that is removed is empty here and in the store, and may be written anew', async () => {
    const { ledger, store } = await scene()
    await ledger.commit({ head: head('one'), set: [entry()] }, signal)
    await ledger.remove(signal)
    expect(ledger.peek().inventory.size).toBe(0)
    expect(await inStore(store)).toBeUndefined()
    await ledger.commit({ head: head('two') }, signal)
    expect((await inStore(store))?.inventory.size).toBe(0)
  })

  test('that was never written may be removed', async () => {
    const { ledger, store } = await scene()
    await ledger.remove(signal)
    expect(await store.list({ signal })).toEqual([])
  })

  test('leaves nothing of a failed read behind', async () => {
    const { store } = await scene()
    let broken = true
    const failing: Store = {
      ...store,
      load: (...given) => (broken ? Promise.reject(new Error('damaged')) : store.load(...given)),
    }
    const ours = ledger('shop', failing, () => 1)
    await expect(ours.read(signal)).rejects.toThrow('damaged')
    await expect(ours.commit({ head: head('one') }, signal)).rejects.toThrow('damaged')
    broken = false
    expect((await ours.read(signal)).head).toEqual({ deletions: [] })
  })
})
