import { createEngine, defineApplication, jsonRenderer, memoryStore } from '@mooring/core'
import { type MemoryManifest, memorySource, memoryTarget, simulatedClock } from '@mooring/core/testing'
import { expect, test } from 'vitest'
import { filesOf } from './world.ts'

/** When an engine asks its source, in milliseconds since it began. */
async function pollsOf(random: () => number, forMs: number): Promise<readonly number[]> {
  const clock = simulatedClock()
  const began = clock.now()
  const memory = memorySource({ files: filesOf({ id: 'a' }), pollMs: 10_000 })
  const polls: number[] = []
  const source: typeof memory = {
    ...memory,
    resolve: (options) => {
      polls.push(clock.now() - began)
      return memory.resolve(options)
    },
  }
  const engine = createEngine({ store: memoryStore(), clock, installation: 'test', random })
  const target = memoryTarget()
  const renderer = jsonRenderer<MemoryManifest>()
  engine.add(defineApplication({ name: 'shop', source, path: 'app', renderer, target }))
  await engine.start()
  await clock.advance(forMs)
  await engine.stop()
  return polls
}

test('engines that begin together ask at different times from the second on, and then in step with pollMs', async () => {
  const chances = [0, 0.25, 0.5, 0.999]
  const polls = await Promise.all(chances.map((chance) => pollsOf(() => chance, 29_000)))
  const [first = []] = polls
  expect(polls.map(([at]) => at)).toEqual(chances.map(() => first[0]))
  const waits = polls.map((times) => times.slice(1).map((at, index) => at - (times[index] ?? 0)))
  expect(waits.map(([wait]) => wait)).toEqual([10_000, 8_750, 7_500, 5_005])
  for (const [, ...later] of waits) expect(new Set(later)).toEqual(new Set([10_000]))
})
