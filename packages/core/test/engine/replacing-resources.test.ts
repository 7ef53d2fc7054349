import type { EngineEvent, PlannedChange } from '@mooring/core'
import type { MemoryManifest } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { filesOf, manifestsOf, settled, world } from './world.ts'

const job = (immutable: string, over: Record<string, unknown> = {}): MemoryManifest =>
  ({ id: 'job', immutable, traits: { replace: 'allowed' }, ...over }) as MemoryManifest
const others = manifestsOf(5)

/** What was written, as `action key`, in turn. */
const writes = (told: readonly EngineEvent[]): readonly string[] =>
  told.flatMap((event) =>
    event.type === 'change.applied' ? [`${event.change.action} ${event.change.key}`] : [],
  )
const planned = (told: readonly EngineEvent[]): readonly (readonly PlannedChange[])[] =>
  told.flatMap((event) => (event.type === 'plan.made' ? [event.plan.changes] : []))

async function begun(first: MemoryManifest, options: Parameters<typeof world>[0] = {}) {
  const made = world({ manifests: [first, ...others], ...options })
  await made.start()
  await made.clock.advance(2_000)
  made.told.length = 0
  const commit = async (...manifests: readonly MemoryManifest[]): Promise<void> => {
    made.source.commit(filesOf(...manifests))
    await made.clock.advance(11_000)
  }
  return { ...made, commit }
}

describe('a change that no update can make', () => {
  test('is a replace where the manifest allows it: a delete, and a create in a later pass', async () => {
    const { engine, told, target, commit, clock } = await begun(job('one'))
    const before = target.live.get('job')?.uid
    await commit(job('two'))
    await clock.advance(5_000)
    expect(writes(told)).toEqual(['replace job', 'create job'])
    expect(target.live.get('job')?.manifest.immutable).toBe('two')
    expect(target.live.get('job')?.uid).not.toBe(before)
    const [latest] = await engine.history('shop')
    expect(latest?.outcome).toBe('synced')
    expect(latest?.counts).toMatchObject({ created: 0, updated: 0, deleted: 0, replaced: 1 })
    await engine.stop()
  })

  test('stands in the plan before anything is done, with the words of the target', async () => {
    const { engine, source } = await begun(job('one'), { sync: { automated: false } })
    await engine.sync('shop', { actor: 'ada' })
    source.commit(filesOf(job('two')))
    engine.refresh(source)
    const { changes } = await engine.plan('shop')
    expect(changes).toMatchObject([
      {
        key: 'job',
        action: 'replace',
        reason: 'changed',
        because: expect.stringContaining('field immutable'),
      },
    ])
    await engine.stop()
  })

  test('fails without consent, and nothing is deleted', async () => {
    const { engine, told, target, commit } = await begun(job('one', { traits: {} }))
    await commit(job('two', { traits: {} }))
    expect(writes(told)).toEqual([])
    expect(target.live.get('job')?.manifest.immutable).toBe('one')
    const [latest] = await engine.history('shop')
    expect(latest).toMatchObject({ outcome: 'failed', reasons: [expect.stringContaining('IMMUTABLE_FIELD')] })
    await engine.stop()
  })

  test('takes the consent of the manifest, not that of what is live', async () => {
    const { engine, told, commit } = await begun(job('one'))
    await commit(job('two', { traits: {} }))
    expect(writes(told)).toEqual([])
    await engine.stop()
  })

  test('never replaces what takes others along', async () => {
    const cascading = { traits: { replace: 'allowed', cascades: true } }
    const { engine, told, target, commit } = await begun(job('one', cascading))
    await commit(job('two', cascading))
    expect(planned(told).flat()).toMatchObject([{ action: 'update' }])
    expect(target.live.get('job')?.manifest.immutable).toBe('one')
    await engine.stop()
  })

  test('never replaces what carries no mark of ours', async () => {
    const { engine, told, target, commit } = await begun(job('one'), { sync: { selfHeal: false } })
    target.live.strip('job')
    await commit(job('two'))
    expect(writes(told)).toEqual([])
    expect(target.live.get('job')?.manifest.immutable).toBe('one')
    await engine.stop()
  })

  test('is held by the prune budget', async () => {
    const { engine, target, commit } = await begun(job('one'), {
      sync: { pruneBudget: { max: 0, shareOfFew: 1, shareOfMany: 1 } },
    })
    await commit(job('two'))
    expect((await engine.status('shop')).holds).toMatchObject([{ code: 'PRUNE_BUDGET', keys: ['job'] }])
    expect(target.live.get('job')?.manifest.immutable).toBe('one')
    await engine.stop()
  })

  test('is held where the resource is protected', async () => {
    const { engine, commit } = await begun(job('one'), { sync: { protect: ['job'] } })
    await commit(job('two'))
    expect((await engine.status('shop')).holds).toMatchObject([{ code: 'PROTECTED_RESOURCE', keys: ['job'] }])
    await engine.stop()
  })

  test('is made although pruning is off: it is no prune', async () => {
    const { engine, told, commit, clock } = await begun(job('one'), { sync: { prune: false } })
    await commit(job('two'))
    await clock.advance(5_000)
    expect(writes(told)).toEqual(['replace job', 'create job'])
    await engine.stop()
  })

  test('waits as a state until the old one is gone, and what depends on it waits as well', async () => {
    const app = (image: string): MemoryManifest => ({ id: 'app', image, traits: { dependsOn: ['job'] } })
    const { engine, told, target, clock, commit } = await begun(job('one', { lingers: true }), {
      manifests: [job('one', { lingers: true }), app('1'), ...others],
    })
    await commit(job('two', { lingers: true }), app('2'))
    await clock.advance(30_000)
    expect(writes(told)).toEqual(['replace job'])
    expect((await engine.status('shop')).operation?.replacing).toEqual(['job'])
    target.live.remove('job')
    await clock.advance(5_000)
    expect(writes(told)).toEqual(['replace job', 'create job', 'update app'])
    expect(await engine.status('shop')).toMatchObject({ sync: 'synced' })
    await engine.stop()
  })

  test('is learnt from the write where no preview tells', async () => {
    const { engine, told, target, commit, clock } = await begun(job('one'), {
      target: (memory) => ({ ...memory, preview: async () => ({}) }),
    })
    await commit(job('two'))
    await clock.advance(5_000)
    expect(writes(told)).toEqual(['replace job', 'create job'])
    expect(target.live.get('job')?.manifest.immutable).toBe('two')
    await engine.stop()
  })

  test('deletes nothing where the target would not take the new one', async () => {
    const { engine, target, commit } = await begun(job('one'), {
      target: (memory) => ({
        ...memory,
        preview: async (change, call) => {
          if (change.action === 'replace') throw new TypeError('no such field')
          return memory.preview(change, call)
        },
      }),
    })
    await commit(job('two'))
    expect(target.live.get('job')?.manifest.immutable).toBe('one')
    expect((await engine.status('shop')).lastError?.message).toContain('no such field')
    await engine.stop()
  })

  test('deletes nothing that somebody changed since we looked', async () => {
    let edit: (() => void) | undefined
    const { engine, told, target, commit } = await begun(job('one'), {
      memoryTarget: { supports: { merges: true } },
      target: (memory) => ({
        ...memory,
        apply: async (change, call) => {
          if (change.action === 'delete') edit?.()
          edit = undefined
          return memory.apply(change, call)
        },
      }),
    })
    edit = () => target.live.edit('job', { precious: true })
    await commit(job('two'))
    expect(told.find((event) => event.type === 'change.failed')).toMatchObject({
      change: { action: 'replace' },
      error: { kind: 'conflict' },
    })
    await engine.stop()
  })

  test('never replaces another incarnation, even one with our mark, such as a backup that somebody restored', async () => {
    const { engine, told, target, source, clock } = await begun(job('one'))
    const failed = Promise.withResolvers<void>()
    engine.on('change.failed', () => failed.resolve(engine.suspend('shop', { actor: 'ada' })))
    target.failNext('apply', new Error('the answer is lost'), { when: 'after' })
    source.commit(filesOf(job('one', { size: 2 })))
    await clock.advance(11_000)
    await failed.promise
    target.live.put(job('one', { precious: true }), { owner: { installation: 'test', application: 'shop' } })
    const { uid } = target.live.get('job') ?? {}
    source.commit(filesOf(job('two')))
    await clock.advance(11_000)
    await engine.resume('shop', { actor: 'ada' })
    await clock.advance(20_000)
    expect(writes(told)).toEqual([])
    expect(target.live.get('job')?.uid).toBe(uid)
    await engine.stop()
  })

  test('does not stay away because a neighbour fails for good', async () => {
    const { engine, told, target, commit, clock } = await begun(job('one', { lingers: true }), {
      manifests: [job('one', { lingers: true }), { id: 'bad', immutable: '1' }, ...others],
    })
    await commit(job('two', { lingers: true }), { id: 'bad', immutable: '2' })
    await clock.advance(5_000)
    target.live.remove('job')
    await clock.advance(20_000)
    expect(writes(told)).toEqual(['replace job', 'create job'])
    expect(target.live.get('job')?.manifest.immutable).toBe('two')
    await engine.stop()
  })

  test('counts against the budget also where a crash lost the answer to the delete', async () => {
    const { engine, target, store, commit, clock } = await begun(job('one'), {
      target: (memory) => ({
        ...memory,
        apply: async (change, call) => {
          const result = await memory.apply(change, call)
          if (change.action === 'delete') throw new Error('connection reset')
          return result
        },
      }),
    })
    await commit(job('two'))
    await clock.advance(10_000)
    expect(target.live.get('job')?.manifest.immutable).toBe('two')
    const state = await store.load('shop', { signal: AbortSignal.timeout(1_000) })
    expect(state?.value.head.deletions).toMatchObject([{ count: 1 }])
    await engine.stop()
  })

  test('is undone by a revert while the old one is on its way out', async () => {
    const { engine, target, clock, commit } = await begun(job('one', { lingers: true }))
    await commit(job('two', { lingers: true }))
    await commit(job('one', { lingers: true }))
    target.live.remove('job')
    expect(await settled(engine.sync('shop', { actor: 'ada' }), clock, 10_000)).toMatchObject({
      value: { outcome: 'synced' },
    })
    expect(target.live.get('job')?.manifest.immutable).toBe('one')
    await engine.stop()
  })

  test('is one change to a person who approves it: its second half runs by the same approval', async () => {
    const { engine, told, target, clock, commit } = await begun(job('one', { lingers: true }), {
      sync: { approval: 'destructive' },
    })
    await commit(job('two', { lingers: true }))
    expect(writes(told)).toEqual([])
    const { id } = await engine.plan('shop')
    await engine.approve(id, { actor: 'grace' })
    await clock.advance(5_000)
    target.live.remove('job')
    await clock.advance(5_000)
    expect(writes(told)).toEqual(['replace job', 'create job'])
    expect((await engine.history('shop'))[0]).toMatchObject({ outcome: 'synced', approvedBy: 'grace' })
    await engine.stop()
  })
})
