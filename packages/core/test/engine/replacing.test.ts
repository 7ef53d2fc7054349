import { describe, expect, test } from 'vitest'
import { world } from './world.ts'

describe('replacing an application', () => {
  test('keeps a second write from overtaking one that is under way', async () => {
    let writes = 0
    const { engine, clock, start, application } = world({
      sync: { applyTimeoutMs: 1_000 },
      target: (memory) => ({
        ...memory,
        apply: (change, call) => {
          if (change.key !== 'a') return memory.apply(change, call)
          writes += 1
          return writes === 1 ? new Promise<never>(() => {}) : memory.apply(change, call)
        },
      }),
    })
    await start()
    await clock.advance(5_000)
    engine.replace(application())
    await clock.advance(60_000)
    expect(writes).toBe(1)
    await engine.stop({ drainMs: 0 })
  })
})
