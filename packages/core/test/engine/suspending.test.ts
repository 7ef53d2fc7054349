import { describe, expect, test } from 'vitest'
import { filesOf, gate, settled, world } from './world.ts'

describe('suspending', () => {
  test('stops a removal', async () => {
    const { engine, clock, target, start } = world({
      files: {
        'app/0.json': '{"id":"a"}',
        'app/1.json': '{"id":"a/b"}',
        'app/2.json': '{"id":"a/b/c"}',
        'app/3.json': '{"id":"z"}',
      },
    })
    await start()
    target.failNext('apply', new Error('busy'), { times: 2 })
    await settled(engine.remove('shop', { actor: 'ada', prune: true }), clock, 10)
    const before = target.live.list()
    expect(before).not.toEqual([])
    await engine.suspend('shop', { actor: 'bob', reason: 'not now' })
    await clock.advance(600_000)
    expect(target.live.list()).toEqual(before)
    await engine.stop()
  })

  test('holds for a sync that was still asking the source', async () => {
    const answer = gate()
    let isSlow = false
    const { engine, clock, source, target, start } = world({
      pollMs: 10_000_000,
      source: (memory) => ({
        ...memory,
        resolve: async (options) => {
          if (isSlow) await answer.pass
          return memory.resolve(options)
        },
      }),
    })
    await start()
    isSlow = true
    await settled(engine.sync('shop', { actor: 'ci' }), clock, 10)
    await engine.suspend('shop', { actor: 'bob' })
    source.commit(filesOf({ id: 'late' }))
    isSlow = false
    answer.open()
    await clock.advance(10_000)
    expect(target.live.list()).toEqual(['a', 'b'])
    await engine.stop()
  })
})
