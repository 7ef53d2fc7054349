import { expect, test } from 'vitest'
import { growthOf, type Sample } from './growth.ts'

const sample = (more: Partial<Sample> = {}): Sample => ({
  heapMb: 50,
  handles: 4,
  timers: 3,
  listeners: 10,
  children: 0,
  ...more,
})

const grown = (samples: readonly Sample[]): readonly string[] =>
  growthOf(samples)
    .filter(({ grew }) => grew)
    .map(({ figure }) => figure)

test('what goes up and down is no growth', () => {
  expect(
    grown(Array.from({ length: 40 }, (_, at) => sample({ heapMb: 50 + (at % 7), timers: at % 5 }))),
  ).toEqual([])
})

test.for(['heapMb', 'handles', 'timers', 'listeners', 'children'] as const)(
  '%s that only go up are growth',
  (figure) => {
    const samples = Array.from({ length: 40 }, (_, at) => sample({ [figure]: sample()[figure] + at * 2 }))
    expect(grown(samples)).toEqual([figure])
  },
)
