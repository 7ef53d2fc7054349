import { defineApplication, type EngineEvent, type Source } from '@mooring/core'
import { memorySource, memoryTarget, simulatedClock } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { sourceDesk } from '../../src/engine/source-desk.ts'
import { eventBus } from '../../src/events/event-bus.ts'
import { unhandledRejections } from './unhandled.ts'
import { filesOf, gate, world } from './world.ts'

/** Messages of the passes that failed. */
const failuresOf = (told: readonly EngineEvent[]): readonly (string | undefined)[] =>
  told.flatMap((event) => (event.type === 'pass.finished' && event.error ? [event.error.message] : []))

/** The source, whose snapshots cannot be disposed. */
const undisposable = (source: Source): Source => ({
  ...source,
  open: async (revision, options) => ({
    ...(await source.open(revision, options)),
    [Symbol.asyncDispose]: async () => {
      throw new Error('in use')
    },
  }),
})

describe('a snapshot that hangs', () => {
  test('holds no pass for ever', async () => {
    const { engine, clock, source, target, start } = world()
    await start()
    source.hangNext('digestOf')
    source.commit({ elsewhere: '1' })
    await clock.advance(11_000)
    source.commit(filesOf({ id: 'c' }))
    await clock.advance(3_600_000)
    expect(target.live.list()).toContain('c')
    await engine.stop()
  })
})

describe('a snapshot that several ask for', () => {
  test('is opened for the others although one of them gives up', async () => {
    const opening = gate()
    let isSlow = false
    const { engine, clock, source, told, start, application } = world({
      pollMs: 1_000,
      source: (memory) => ({
        ...memory,
        open: async (revision, options) => {
          if (isSlow) {
            const aborted = gate()
            options.signal.addEventListener('abort', aborted.open, { once: true })
            await Promise.race([opening.pass, aborted.pass])
            options.signal.throwIfAborted()
          }
          return memory.open(revision, options)
        },
      }),
    })
    const elsewhere = memoryTarget({ name: 'elsewhere' })
    engine.add(
      application('other').open((parts) => defineApplication({ ...parts, target: elsewhere as never })),
    )
    await start()
    await engine.suspend('shop', { actor: 'ada' })
    await engine.suspend('other', { actor: 'ada' })
    source.commit(filesOf({ id: 'c' }))
    await clock.advance(1_000)
    isSlow = true
    const patience = new AbortController()
    const given = expect(engine.plan('shop', { signal: patience.signal })).rejects.toThrow('lunch')
    await clock.advance(1)
    told.length = 0
    await engine.resume('other', { actor: 'ada' })
    await clock.advance(1)
    patience.abort(new Error('lunch'))
    isSlow = false
    opening.open()
    await given
    await clock.advance(1_000)
    expect(failuresOf(told)).toEqual([])
    expect(elsewhere.live.list()).toContain('c')
    await engine.stop()
  })
})

describe('a snapshot that cannot be disposed', () => {
  test('leaves no rejection unhandled', async () => {
    using rejections = unhandledRejections()
    const { engine, clock, start } = world({ pollMs: 1_000, source: undisposable })
    await start()
    await engine.remove('shop', { actor: 'ada', prune: false })
    await clock.advance(10)
    expect(rejections.seen).toEqual([])
    await engine.stop()
  })

  test('does not fail the pass that tidies up', async () => {
    const { engine, clock, source, target, told, start } = world({ pollMs: 1_000, source: undisposable })
    await start()
    for (let size = 0; size < 4; size++) {
      source.commit(filesOf({ id: 'a', size }))
      await clock.advance(1_000)
    }
    expect(failuresOf(told)).toEqual([])
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a', size: 3 })
    await engine.stop()
  })
})

describe('a snapshot in use', () => {
  test('can be read although its shelf is cleared meanwhile', async () => {
    const memory = memorySource({ files: filesOf({ id: 'a' }) })
    const clock = simulatedClock()
    let isDisposed = false
    const source: Source = {
      ...memory,
      open: async (revision, options) => {
        const snapshot = await memory.open(revision, options)
        return {
          ...snapshot,
          read: async (path, call) => {
            if (isDisposed) throw new Error('disposed')
            return snapshot.read(path, call)
          },
          [Symbol.asyncDispose]: async () => {
            isDisposed = true
          },
        }
      },
    }
    const { signal } = new AbortController()
    const desk = sourceDesk(source, { clock, bus: eventBus(clock), onRevision: () => {}, parts: [] })
    await desk.poll(signal)
    const snapshot = await desk.open(desk.revision(), signal)
    await desk.close()
    await snapshot.read('app/a.json', { signal })
    expect(isDisposed).toBe(false)
  })
})
