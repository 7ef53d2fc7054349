import { createEngine, type Engine, memoryStore } from '@mooring/core'
import { describe, expect, test } from 'vitest'
import { world } from './world.ts'

/** What callers may write who have no types. */
type Untyped = { readonly [method in keyof Engine]: (...given: readonly unknown[]) => unknown }

const invalid = (says: string): unknown =>
  expect.objectContaining({ code: 'INVALID_CALL', message: expect.stringContaining(says) })

describe('a call that cannot mean anything', () => {
  test('makes no engine', () => {
    const make = createEngine as unknown as (...given: readonly unknown[]) => Engine
    expect(() => make()).toThrow(invalid('a store') as Error)
    expect(() => make({ store: {} })).toThrow(invalid('an object with store') as Error)
  })

  test('adds no application', () => {
    const engine = createEngine({ store: memoryStore(), installation: 'test' }) as unknown as Untyped
    expect(() => engine.add(undefined)).toThrow(invalid('defineApplication, got undefined') as Error)
    expect(() => engine.replace({ name: 'shop' })).toThrow(invalid('an object with name') as Error)
  })

  test.each<readonly [what: string, (engine: Untyped) => unknown, says: string]>([
    ['a sync by nobody', (engine) => engine.sync('shop'), 'who asks'],
    ['a sync by an empty name', (engine) => engine.sync('shop', { actor: '' }), 'who asks'],
    ['a removal without a word', (engine) => engine.remove('shop'), 'who asks'],
    ['the apply of nothing', (engine) => engine.apply(undefined, { actor: 'ci' }), 'a plan'],
    ['the diff of nothing', (engine) => engine.diff(undefined), 'a plan'],
    ['a suspension by nobody', (engine) => engine.suspend('shop'), 'who asks'],
    ['an approval by nobody', (engine) => engine.approve('some plan', {}), 'who asks'],
    ['an approval without a word', (engine) => engine.approve('some plan'), 'who asks'],
    ['an approval that nobody takes back', (engine) => engine.disapprove('some plan', {}), 'who asks'],
    ['an unpin by nobody', (engine) => engine.unpin('shop', {}), 'who asks'],
    ['a resume by nobody', (engine) => engine.resume('shop'), 'who asks'],
    ['a keep by nobody', (engine) => engine.keep('shop', { actor: '' }), 'who asks'],
    ['a retarget by nobody', (engine) => engine.retarget('shop', { how: 'accept' }), 'who asks'],
    ['a sync by a blank name', (engine) => engine.sync('shop', { actor: '  ' }), 'who asks'],
    ['a rollback to nothing', (engine) => engine.rollback('shop', { actor: 'ada' }), 'a revision'],
    ['a rollback by nobody', (engine) => engine.rollback('shop', { to: 'previous' }), 'who asks'],
    ['a rollback without a word', (engine) => engine.rollback('shop'), 'a revision'],
  ])('%s says what was expected', async (_, call, says) => {
    const { engine, start } = world()
    await start()
    await expect(call(engine as unknown as Untyped)).rejects.toEqual(invalid(says))
    await engine.stop()
  })
})
