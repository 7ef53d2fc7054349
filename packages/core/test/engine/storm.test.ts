import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  createEngine,
  defineApplication,
  type Engine,
  jsonRenderer,
  memoryStore,
  type Target,
  type WatchHint,
} from '@mooring/core'
import {
  type MemoryManifest,
  type MemoryTarget,
  memorySource,
  memoryTarget,
  simulatedClock,
} from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { memoryScheduler } from '../../src/scheduler/memory-scheduler.ts'
import { gate } from './world.ts'

const names = Array.from({ length: 50 }, (_, at) => `app-${at}`)
/** Of each target: every twentieth trigger refreshes the source, and every second hint is about everything. */
const triggersEach = 2_000
/** What a megabyte is: room for what the passes under way hold, and for ten bytes of each trigger. */
const grownBytes = 1024 * 1024

describe('a storm of 100,000 triggers for 50 applications', () => {
  test('leaves no more in line than there are names, and is followed by a few passes', async () => {
    const world = await atRest()
    await world.storm()
    expect(world.told()).toBe(100_000)
    expect(world.longestLine()).toBeLessThanOrEqual(names.length + 1)
    world.source.commit(filesOf('last'))
    await world.calm()
    // What ran as the storm began, what the storm asked for, and what the revision did.
    expect(world.passes()).toBeLessThanOrEqual(names.length * 3)
    expect(world.source.calls.resolve).toBeLessThanOrEqual(world.pollsBefore + 3)
    for (const live of world.lives()) expect(live).toMatchObject({ value: 'last' })
    await world.engine.stop()
  })

  test('heals what the last of them told of', async () => {
    const world = await atRest()
    await world.storm({ value: 'edited by hand' })
    for (const live of world.lives()) expect(live).toMatchObject({ value: 'edited by hand' })
    await world.calm()
    for (const live of world.lives()) expect(live).toMatchObject({ value: 'first' })
    await world.engine.stop()
  })

  test('is kept nowhere, however long nothing of it can be answered', async () => {
    const world = await atRest()
    const before = heapBytes()
    await world.storm()
    expect(heapBytes() - before).toBeLessThan(grownBytes)
    await world.calm()
    expect(heapBytes() - before).toBeLessThan(grownBytes)
    await world.engine.stop()
  })
})

/** Fifty applications of one source, each with a target of its own, synced and with nothing to do. */
async function atRest() {
  const clock = simulatedClock()
  const scheduler = memoryScheduler({ clock })
  const source = memorySource({ files: filesOf('first') })
  const engine = createEngine({ store: memoryStore(), scheduler, clock, installation: 'test' })
  const weather = storms(engine, () => {
    const { ready, delayed, running } = scheduler.figures()
    return ready + delayed + running
  })
  const targets = new Map(names.map((name) => [name, memoryTarget({ name })]))
  for (const [name, target] of targets) {
    const renderer = jsonRenderer<MemoryManifest>()
    engine.add(
      defineApplication({
        name,
        source,
        path: name,
        renderer,
        target: weather.over(target),
        sync: { intervalMs: 3_600_000 },
      }),
    )
  }
  let passes = 0
  engine.on('pass.started', () => void passes++)
  await engine.start()
  await clock.advance(1_000)
  passes = 0
  return {
    engine,
    source,
    pollsBefore: source.calls.resolve,
    passes: () => passes,
    told: weather.told,
    longestLine: weather.longestLine,
    /** Ends when every target has told everything. No pass that looked at a target gets its answer before the calm. */
    storm: weather.storm,
    calm: async (): Promise<void> => {
      weather.calm()
      engine.refresh()
      await clock.advance(5_000)
    },
    lives: () => [...targets.values()].map(({ live }) => live.get('config')?.manifest),
  }
}

/** What somebody does to every target right before it tells for the last time. */
type Edit = { readonly value: string }

/** Targets that tell of changes as fast as the engine takes them, all at once, and answer nothing meanwhile. */
function storms(engine: Engine, lineLength: () => number) {
  const outbreak = gate()
  const over = gate()
  const ends: Promise<void>[] = []
  let isCalm = true
  let told = 0
  let longest = 0
  let lastEdit: Edit | undefined
  return {
    told: () => told,
    longestLine: () => longest,
    over: (target: MemoryTarget): Target<MemoryManifest> => {
      const end = gate()
      ends.push(end.pass)
      return {
        ...target,
        observe: async (keys, call) => {
          const seen = await target.observe(keys, call)
          if (!isCalm) await over.pass
          return seen
        },
        watch: async function* ({ signal }): AsyncIterable<WatchHint> {
          await outbreak.pass
          for (let at = 0; at < triggersEach; at++) {
            told++
            if (at === triggersEach - 1 && lastEdit !== undefined) target.live.edit('config', lastEdit)
            if (at % 20 === 0) engine.refresh()
            else yield at % 2 === 0 ? { keys: ['config'] } : { all: true, reason: 'storm' }
            longest = Math.max(longest, lineLength())
          }
          end.open()
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
        },
      }
    },
    storm: async (edit?: Edit): Promise<void> => {
      lastEdit = edit
      isCalm = false
      outbreak.open()
      await Promise.all(ends)
    },
    calm: (): void => {
      isCalm = true
      over.open()
    },
  }
}

const filesOf = (value: string): Record<string, string> =>
  Object.fromEntries(names.map((name) => [`${name}/config.json`, JSON.stringify({ id: 'config', value })]))

/** What is in use after everything that nobody holds was collected. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}
