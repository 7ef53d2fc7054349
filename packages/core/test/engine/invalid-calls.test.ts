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
  ])('%s says what was expected', async (_, call, says) => {
    const { engine, start } = world()
    await start()
    await expect(call(engine as unknown as Untyped)).rejects.toEqual(invalid(says))
    await engine.stop()
  })
})
