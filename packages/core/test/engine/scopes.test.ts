import { defineApplication, isMooringError, jsonRenderer, type Scope } from '@mooring/core'
import { type MemoryManifest, memoryTarget } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { guardedTarget } from '../../src/adapters/guarded-target.ts'
import { systemClock } from '../../src/clock/system-clock.ts'
import { defaultPolicy } from '../../src/model/policy.ts'
import { testCall } from '../../src/testing/test-call.ts'
import { world } from './world.ts'

const within: Scope = { kinds: ['resource'], namespaces: ['shop'] }

const scoped = (made: ReturnType<typeof world>, scope: Scope, target = made.target) =>
  defineApplication({
    name: 'shop',
    source: made.source,
    path: 'app',
    renderer: jsonRenderer<MemoryManifest>(),
    target,
    scope,
    sync: { prune: true, intervalMs: 3_600_000 },
  })

const files = (...ids: readonly string[]) =>
  Object.fromEntries(ids.map((id) => [`app/${id.replace('/', '-')}.json`, JSON.stringify({ id })]))

describe('an application with a scope', () => {
  test('applies what is within it and holds the rest, with the file it comes from and who can help', async () => {
    const made = world({ files: files('shop/web', 'bank/web', 'top') })
    made.engine.add(scoped(made, within))
    await made.engine.start()
    await made.clock.advance(100)
    expect(made.target.live.list()).toEqual(['shop/web'])
    const [hold] = (await made.engine.status('shop')).holds
    expect(hold).toMatchObject({ guard: 'scope', code: 'OUT_OF_SCOPE', holdsOperation: true })
    expect(hold?.keys.toSorted()).toEqual(['bank/web', 'top'])
    expect(hold?.message).toContain('app/bank-web.json')
    expect(hold?.message).toContain('"bank" is no namespace')
    expect(hold?.release).toContain('engine.replace')
    await made.engine.stop()
  })

  test('goes on at once when the scope is widened', async () => {
    const made = world({ files: files('shop/web', 'bank/web') })
    made.engine.add(scoped(made, within))
    await made.engine.start()
    await made.clock.advance(100)
    made.engine.replace(scoped(made, { namespaces: ['shop', 'bank'] }))
    await made.clock.advance(100)
    expect(made.target.live.list().toSorted()).toEqual(['bank/web', 'shop/web'])
    await made.engine.stop()
  })

  test('neither heals nor prunes what has come to lie outside, however it is asked', async () => {
    const made = world({ files: files('shop/web', 'bank/web', 'bank/old') })
    made.engine.add(scoped(made, { kinds: ['*'] }))
    await made.engine.start()
    await made.clock.advance(100)
    made.engine.replace(scoped(made, within))
    made.target.live.edit('bank/web', { image: 'edited' })
    made.source.commit({ 'app/bank-old.json': null })
    await made.clock.advance(120_000)
    const removed = made.engine.remove('shop', { prune: true, actor: 'ada' })
    await made.clock.advance(10_000)
    expect(await removed).toMatchObject({ outcome: 'held' })
    expect(made.target.live.list()).toEqual(['bank/old', 'bank/web'])
    expect(made.target.live.get('bank/web')?.manifest).toMatchObject({ image: 'edited' })
    await made.engine.stop()
  })

  test('is shown no live resource outside of it', async () => {
    const made = world({ files: files('bank/web') })
    made.target.live.put({ id: 'bank/web', balance: 'a lot' })
    made.engine.add(scoped(made, within))
    await made.engine.start()
    await made.clock.advance(100)
    const diffs = await made.engine.diff(await made.engine.plan('shop'))
    expect(diffs).toMatchObject([{ key: 'bank/web', steps: [], error: { code: 'OUT_OF_SCOPE' } }])
    expect(JSON.stringify(diffs)).not.toContain('a lot')
    await made.engine.stop()
  })

  test('that would need a target with places is refused where there is none', () => {
    const made = world()
    const { placeOf: _, ...placeless } = made.target
    const codes = [
      within,
      { kinds: [] },
      { clusterKinds: ['x'] },
      { verbs: ['create'] },
      { colour: 'red' },
      { verbs: ['eat'] },
    ].map((scope) => {
      try {
        scoped(made, scope as Scope, placeless as never)
        return 'defined'
      } catch (thrown) {
        return isMooringError(thrown) ? thrown.code : thrown
      }
    })
    const refused = 'INVALID_APPLICATION'
    expect(codes).toEqual([refused, refused, refused, 'defined', refused, refused])
  })
})

describe('a definition that would limit nothing although it was meant to', () => {
  test.each<readonly [string, object, string]>([
    ['an empty scope', { scope: {} }, 'expected scope to be limits'],
    ['a scope that is a list', { scope: [] }, 'expected scope to be limits'],
    ['a scope that is undefined', { scope: undefined }, 'expected scope to be limits'],
    [
      'a limit that is undefined',
      { scope: { namespaces: undefined } },
      'expected scope.namespaces to be a list',
    ],
    ['a misspelt scope', { scopes: within }, 'no field scopes'],
    ['a field of sync beside it', { approval: 'always' }, 'no field approval'],
    ['misspelt hooks', { hook: {} }, 'no field hook'],
  ])('is refused: %s', (_, given, says) => {
    const { source, target } = world()
    const renderer = jsonRenderer<MemoryManifest>()
    const define = () =>
      defineApplication({ name: 'shop', source, path: 'app', renderer, target, ...given } as never)
    expect(define).toThrow(
      expect.objectContaining({
        code: 'INVALID_APPLICATION',
        message: expect.stringContaining(says),
      }) as Error,
    )
  })
})

describe('neighbours with scopes of their own', () => {
  /** Two tenants on one target and one source: `shop` has what is in `shop/`, `bank` what is in `bank/`. */
  const tenants = async (files: Record<string, string>) => {
    const made = world({ files, pollMs: 1_000 })
    for (const name of ['shop', 'bank'])
      made.engine.add(
        defineApplication({
          name,
          source: made.source,
          path: name,
          renderer: jsonRenderer<MemoryManifest>(),
          target: made.target,
          scope: { namespaces: [name, 'shared'] },
          sync: { prune: true, intervalMs: 600_000, pruneBudget: { max: 9, shareOfFew: 1, shareOfMany: 1 } },
        }),
      )
    await made.engine.start()
    await made.clock.advance(2_000)
    return made
  }
  const file = (application: string, id: string, size = 1): Record<string, string> => ({
    [`${application}/${id.replace('/', '-')}.json`]: JSON.stringify({ id, size }),
  })
  const gone = (application: string, id: string) => ({
    [`${application}/${id.replace('/', '-')}.json`]: null,
  })
  const both = { ...file('shop', 'shop/a'), ...file('bank', 'bank/a'), ...file('bank', 'bank/b') }

  test('who may not have a resource keeps nobody from deleting it, and is told so', async () => {
    const made = await tenants(both)
    made.source.commit({ ...file('shop', 'bank/b'), ...file('shop', 'shop/a', 2) })
    await made.clock.advance(2_000)
    expect((await made.engine.status('shop')).holds).toMatchObject([{ code: 'OUT_OF_SCOPE' }])
    expect(made.target.live.get('shop/a')?.manifest).toMatchObject({ size: 2 })
    made.source.commit(gone('bank', 'bank/b'))
    await made.clock.advance(2_000)
    expect(made.target.live.list().toSorted()).toEqual(['bank/a', 'shop/a'])
    expect(await made.engine.status('bank')).toMatchObject({ sync: 'synced', holds: [], resources: 1 })
    expect((await made.engine.status('shop')).holds).toMatchObject([{ code: 'OUT_OF_SCOPE' }])
    await made.engine.stop()
  })

  test('who may not have a resource keeps nobody from making it, although it asked first', async () => {
    const made = await tenants(both)
    made.source.commit(file('shop', 'bank/new'))
    await made.clock.advance(2_000)
    made.source.commit({ ...file('bank', 'bank/new'), ...file('shop', 'bank/new', 2) })
    await made.clock.advance(2_000)
    expect(made.target.live.get('bank/new')?.manifest).toMatchObject({ size: 1 })
    expect(await made.engine.status('bank')).toMatchObject({ sync: 'synced', holds: [], resources: 3 })
    await made.engine.stop()
  })

  test('a delete waits for nobody who may not have the resource, and for those who may', async () => {
    const made = await tenants({ ...both, ...file('bank', 'shared/c') })
    await made.engine.suspend('shop', { actor: 'ada' })
    made.source.commit({
      ...gone('bank', 'bank/b'),
      ...gone('bank', 'shared/c'),
      ...file('shop', 'shop/a', 2),
    })
    await made.clock.advance(10_000)
    expect(made.target.live.list().toSorted()).toEqual(['bank/a', 'shared/c', 'shop/a'])
    await made.clock.advance(120_000)
    expect((await made.engine.status('bank')).holds).toMatchObject([
      { code: 'NEIGHBOURS_BEHIND', keys: ['shared/c'] },
    ])
    await made.engine.stop()
  })

  test('what came to lie outside of the scope of one is taken over by another that may have it', async () => {
    const made = await tenants({ ...both, ...file('shop', 'shared/c') })
    made.engine.replace(
      defineApplication({
        name: 'shop',
        source: made.source,
        path: 'shop',
        renderer: jsonRenderer<MemoryManifest>(),
        target: made.target,
        scope: { namespaces: ['shop'] },
        sync: { prune: true, intervalMs: 600_000 },
      }),
    )
    await made.clock.advance(2_000)
    made.source.commit(file('bank', 'shared/c', 2))
    await made.clock.advance(2_000)
    expect(made.target.live.get('shared/c')?.manifest).toMatchObject({ size: 2 })
    expect(await made.engine.status('bank')).toMatchObject({ sync: 'synced', holds: [] })
    await made.engine.stop()
  })
})

describe('a guarded target with a scope', () => {
  const change = { key: 'bank/web', label: 'bank/web', reason: 'added', stage: 0 } as const
  const guarded = (placeOf: unknown) =>
    guardedTarget({ ...memoryTarget(), placeOf } as never, defaultPolicy, systemClock, { scope: within })

  test.each(['create', 'update', 'replace', 'delete', 'release'] as const)(
    'refuses a %s outside of it',
    async (action) => {
      const target = memoryTarget()
      target.live.put({ id: 'bank/web' })
      const before = target.live.get('bank/web')
      const { result, settled } = guardedTarget(target, defaultPolicy, systemClock, { scope: within }).apply(
        { ...change, action, expects: { kind: 'absent' } },
        testCall(),
      )
      await expect(result).rejects.toMatchObject({ code: 'OUT_OF_SCOPE', kind: 'permanent' })
      await settled
      expect(target.live.get('bank/web')).toEqual(before)
    },
  )

  test.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['gives no kind', () => ({ namespace: 'shop' })],
    ['gives a namespace that is no text', () => ({ kind: 'resource', namespace: ['shop'] })],
  ])('lets nothing through where the target %s', (_, placeOf) => {
    expect(guarded(placeOf).outsideOf({ key: 'shop/web', action: 'create' })).toContain('cannot tell')
  })
})
