import { describe, expect, test } from 'vitest'
import { gate, settled, world } from './world.ts'

describe('stopping', () => {
  test('ends although an adapter hangs at its disposal', async () => {
    const { engine, clock, start } = world({
      target: (memory) => ({ ...memory, [Symbol.asyncDispose]: () => new Promise<void>(() => {}) }),
    })
    await start()
    const stopping = engine.stop({ drainMs: 100 })
    void engine.stop()
    expect(await settled(stopping, clock, 3_600_000)).toEqual({ value: undefined })
  })

  test('is forced by a second call although the store hangs', async () => {
    let isHanging = false
    const { engine, clock, target, start } = world({
      store: (memory) => ({
        ...memory,
        commit: (name, delta, options) =>
          isHanging ? new Promise<string>(() => {}) : memory.commit(name, delta, options),
      }),
    })
    await start()
    isHanging = true
    target.live.edit('a', { size: 1 })
    await clock.advance(10)
    const stopping = engine.stop({ drainMs: 3_600_000 })
    await clock.advance(10)
    void engine.stop()
    expect(await settled(stopping, clock, 60_000)).toEqual({ value: undefined })
  })

  test('aborts no write that ends within the deadline, and the pass goes on to its last one', async () => {
    const write = gate()
    const aborted: string[] = []
    const { engine, clock, target, start } = world({
      sync: { concurrency: 1 },
      target: (memory) => ({
        ...memory,
        apply: async (change, call) => {
          await write.pass
          if (call.signal.aborted) aborted.push(change.key)
          return memory.apply(change, call)
        },
      }),
    })
    await start()
    const stopping = engine.stop({ drainMs: 60_000 })
    await clock.advance(2_000)
    write.open()
    await clock.advance(60_000)
    await stopping
    expect(aborted).toEqual([])
    expect(target.live.list()).toEqual(['a', 'b'])
  })
})
