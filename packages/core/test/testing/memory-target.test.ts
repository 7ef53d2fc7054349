import { describe, expect, test } from 'vitest'
import type { Change } from '../../src/model/change.ts'
import { type MemoryManifest, type MemoryTarget, memoryTarget, testCall } from '../../src/testing/index.ts'

const call = testCall()

async function create(target: MemoryTarget, manifest: MemoryManifest) {
  const { desired } = await target.prepare([{ manifest }], call)
  const change: Change<MemoryManifest> = {
    key: manifest.id,
    label: manifest.id,
    action: 'create',
    reason: 'added',
    expects: { kind: 'absent' },
    stage: 0,
    ...(desired[0] && { desired: desired[0] }),
  }
  return target.apply(change, call)
}

const seen = async (target: MemoryTarget, key: string) => (await target.observe([key], call)).get(key)

describe('a memory target', () => {
  test('shows the world what it applied, and sees what the world does', async () => {
    const target = memoryTarget()
    await create(target, { id: 'web', image: '1' })
    expect(target.live.get('web')).toMatchObject({ manifest: { id: 'web', image: '1' }, owner: call.owner })
    const before = await seen(target, 'web')
    target.live.edit('web', { image: '2' })
    const edited = await seen(target, 'web')
    expect(edited?.uid).toBe(before?.uid)
    expect(edited?.version).not.toBe(before?.version)
    expect(edited?.fingerprint).not.toBe(before?.fingerprint)
    target.live.edit('web', { image: '1' })
    expect((await seen(target, 'web'))?.fingerprint).toBe(before?.fingerprint)
    target.live.remove('web')
    expect(target.live.list()).toEqual([])
    expect(await seen(target, 'web')).toBeUndefined()
    expect(() => target.live.edit('web', {})).toThrow(RangeError)
  })

  test('keeps the health it is given through updates, until the resource is gone', async () => {
    const target = memoryTarget({ health: { state: 'progressing' } })
    await create(target, { id: 'web' })
    expect((await seen(target, 'web'))?.health).toEqual({ state: 'progressing' })
    target.setHealth('web', { state: 'degraded', message: 'no disk' })
    target.live.edit('web', { size: 2 })
    expect((await seen(target, 'web'))?.health).toEqual({ state: 'degraded', message: 'no disk' })
    target.live.remove('web')
    await create(target, { id: 'web' })
    expect((await seen(target, 'web'))?.health).toEqual({ state: 'progressing' })
  })

  test('gives the traits of a manifest, desired and live', async () => {
    const target = memoryTarget()
    const manifest = { id: 'web', traits: { wave: 2, prune: 'never', dependsOn: ['db'] } }
    const { desired } = await target.prepare([{ manifest }, { manifest: { id: 'db' } }], call)
    expect(desired.map(({ traits }) => traits)).toEqual([manifest.traits, {}])
    await create(target, manifest)
    expect((await seen(target, 'web'))?.traits).toEqual(manifest.traits)
  })

  test('orders by the hierarchy of ids', () => {
    const resources = ['a/b/c', 'a', 'a/b', 'x/y/y/z', 'x', 'alone/below'].map((key) => ({ key, label: key }))
    expect(memoryTarget().order(resources)).toEqual([
      { before: 'a/b', after: 'a/b/c' },
      { before: 'a', after: 'a/b' },
      { before: 'x', after: 'x/y/y/z' },
    ])
  })

  test('lets a manifest wait for another resource', async () => {
    const target = memoryTarget()
    const manifests = [{ manifest: { id: 'web', waitsFor: 'kind' }, origin: { file: 'web.json' } }]
    const before = await target.prepare(manifests, call)
    expect(before).toMatchObject({ desired: [], waiting: [{ label: 'web', origin: { file: 'web.json' } }] })
    target.live.put({ id: 'kind' })
    expect((await target.prepare(manifests, call)).desired).toHaveLength(1)
  })

  test('masks a secret and still shows that it changes', async () => {
    const target = memoryTarget()
    await create(target, { id: 'vault', secret: 'one', size: 1 })
    const { desired } = await target.prepare([{ manifest: { id: 'vault', secret: 'two', size: 1 } }], call)
    const change = { key: 'vault', label: 'vault', action: 'update', reason: 'changed', stage: 0 } as const
    const update = {
      ...change,
      expects: { kind: 'present' },
      ...(desired[0] && { desired: desired[0] }),
    } as const
    expect(await target.preview(update, call)).toEqual({
      before: { id: 'vault', secret: '***', size: 1 },
      after: { id: 'vault', secret: '*** (changed)', size: 1 },
    })
  })

  test('hints once at what changed several times meanwhile', async () => {
    const target = memoryTarget()
    const abort = new AbortController()
    const hints = target.watch({ signal: abort.signal })[Symbol.asyncIterator]()
    const first = hints.next()
    target.live.put({ id: 'a' })
    expect((await first).value).toEqual({ keys: ['a'] })
    target.live.edit('a', { size: 2 })
    target.live.put({ id: 'b' })
    target.setHealth('a', { state: 'degraded' })
    expect((await hints.next()).value).toEqual({ keys: ['a', 'b'] })
    const last = hints.next()
    abort.abort()
    expect((await last).done).toBe(true)
  })

  test('shares its system with another target', async () => {
    const first = memoryTarget()
    await create(first, { id: 'web' })
    const second = memoryTarget({ live: first.live })
    expect((await seen(second, 'web'))?.owner).toEqual(call.owner)
  })

  test('fails, once, with the error it is given, before or after the effect', async () => {
    const target = memoryTarget()
    const error = new Error('no route to host')
    target.failNext('apply', error)
    await expect(create(target, { id: 'web' })).rejects.toBe(error)
    expect(target.live.list()).toEqual([])
    target.failNext('apply', error, { when: 'after' })
    await expect(create(target, { id: 'web' })).rejects.toBe(error)
    expect(target.live.list()).toEqual(['web'])
    target.failNext('observe', error, { times: 2 })
    await expect(seen(target, 'web')).rejects.toBe(error)
    await expect(seen(target, 'web')).rejects.toBe(error)
    expect(await seen(target, 'web')).toBeDefined()
  })

  test('hangs until it is aborted', async () => {
    const target = memoryTarget()
    const abort = new AbortController()
    target.hangNext('observe')
    const hung = target.observe(['web'], { ...call, signal: abort.signal })
    abort.abort('enough')
    await expect(hung).rejects.toBe('enough')
  })
})
