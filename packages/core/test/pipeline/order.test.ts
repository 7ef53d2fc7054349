import { describe, expect, test } from 'vitest'
import { isMooringError, type MooringError } from '../../src/errors/mooring-error.ts'
import { order, type Placed } from '../../src/pipeline/order.ts'
import type { Dependency } from '../../src/ports/target.ts'

const place = (key: string, over: Partial<Placed> = {}): Placed => ({
  key,
  label: `Thing ${key}`,
  wave: 0,
  dependsOn: [],
  ...over,
})
const edge = (before: string, after: string): Dependency => ({ before, after })

const stagesOf = (
  resources: readonly Placed[],
  edges: readonly Dependency[] = [],
): Record<string, number> => {
  const ordered = order(resources, edges)
  return Object.fromEntries(resources.map(({ key }) => [key, ordered.stageOf(key)]))
}

const refusalOf = (resources: readonly Placed[], edges: readonly Dependency[] = []): MooringError => {
  try {
    order(resources, edges)
  } catch (thrown) {
    if (isMooringError(thrown)) return thrown
    throw thrown
  }
  throw new Error('Expected a refusal, got an order')
}

describe('an order', () => {
  test.each<
    readonly [
      what: string,
      resources: readonly Placed[],
      edges: readonly Dependency[],
      Record<string, number>,
    ]
  >([
    ['of nothing is empty', [], [], {}],
    ['puts what nothing orders into one stage', [place('a'), place('b')], [], { a: 0, b: 0 }],
    [
      "follows the target's edges",
      [place('web'), place('ns'), place('config')],
      [edge('ns', 'web'), edge('ns', 'config'), edge('config', 'web')],
      { ns: 0, config: 1, web: 2 },
    ],
    [
      'leaves out edges to what is not there',
      [place('a'), place('b')],
      [edge('a', 'b'), edge('gone', 'b'), edge('b', 'gone')],
      { a: 0, b: 1 },
    ],
    [
      'takes an edge that is named twice once',
      [place('a'), place('b', { dependsOn: ['a'] })],
      [edge('a', 'b'), edge('a', 'b')],
      { a: 0, b: 1 },
    ],
    [
      'follows what resources say of themselves',
      [place('b', { dependsOn: ['a'] }), place('a')],
      [],
      { a: 0, b: 1 },
    ],
    [
      'goes by wave first, negative waves before 0',
      [place('late', { wave: 5 }), place('plain'), place('early', { wave: -1 })],
      [],
      { early: 0, plain: 1, late: 2 },
    ],
    [
      'numbers stages without gaps, whatever the waves are called',
      [place('a', { wave: -1000 }), place('b', { wave: 0.5 }), place('c', { wave: 1_000_000 })],
      [],
      { a: 0, b: 1, c: 2 },
    ],
    [
      'keeps a whole wave before the next, edges within it included',
      [
        place('a', { wave: 1 }),
        place('b', { wave: 1, dependsOn: ['a'] }),
        place('c', { wave: 2 }),
        place('z', { wave: 1 }),
      ],
      [],
      { a: 0, z: 0, b: 1, c: 2 },
    ],
    [
      'starts a wave anew: what waits only for an earlier wave comes first in its own',
      [
        place('a'),
        place('b', { dependsOn: ['a'] }),
        place('c', { wave: 1, dependsOn: ['b'] }),
        place('d', { wave: 1 }),
      ],
      [],
      { a: 0, b: 1, c: 2, d: 2 },
    ],
    [
      'gives the longest way its due',
      [place('a'), place('b'), place('c'), place('d')],
      [edge('a', 'd'), edge('a', 'b'), edge('b', 'c'), edge('c', 'd')],
      { a: 0, b: 1, c: 2, d: 3 },
    ],
    [
      'survives keys that objects know',
      [place('constructor', { dependsOn: ['__proto__'] }), place('__proto__')],
      [],
      Object.fromEntries([
        ['constructor', 1],
        ['__proto__', 0],
      ]),
    ],
  ])('%s', (_, resources, edges, expected) => {
    expect(stagesOf(resources, edges)).toEqual(expected)
  })

  test('tells direct dependencies and waves, also of what it does not know', () => {
    const ordered = order(
      [place('ns'), place('config'), place('web', { wave: 2, dependsOn: ['config'] })],
      [edge('ns', 'config'), edge('ns', 'web')],
    )
    expect(ordered.dependenciesOf('web')).toEqual(['ns', 'config'])
    expect(ordered.dependenciesOf('ns')).toEqual([])
    expect(ordered.waveOf('web')).toBe(2)
    expect([
      ordered.stageOf('unknown'),
      ordered.waveOf('unknown'),
      ordered.dependenciesOf('unknown'),
    ]).toEqual([0, 0, []])
  })

  test('of a chain of 50,000 is found without overflowing the stack', () => {
    const length = 50_000
    const chain = Array.from({ length }, (_, at) =>
      place(`r${at}`, at === 0 ? {} : { dependsOn: [`r${at - 1}`] }),
    )
    const ordered = order(chain.toReversed(), [])
    expect(ordered.stageOf('r0')).toBe(0)
    expect(ordered.stageOf(`r${length - 1}`)).toBe(length - 1)
  })
})

describe('a cycle', () => {
  test('is refused, and its path is printed from the first to the first', () => {
    const error = refusalOf([
      place('start', { dependsOn: ['a'] }),
      place('a', { dependsOn: ['b'] }),
      place('b', { dependsOn: ['c'] }),
      place('c', { dependsOn: ['a'] }),
    ])
    expect(error).toMatchObject({ code: 'DEPENDENCY_CYCLE', kind: 'permanent' })
    expect(error.message).toContain('Thing a waits for Thing b waits for Thing c waits for Thing a')
    expect(error.message).not.toContain('start')
  })

  test('of one resource with itself is refused', () => {
    expect(refusalOf([place('a', { dependsOn: ['a'] })]).message).toContain('Thing a waits for Thing a')
    expect(refusalOf([place('a')], [edge('a', 'a')]).code).toBe('DEPENDENCY_CYCLE')
  })

  test('of an edge of the target and a word of the resource is refused', () => {
    expect(refusalOf([place('ns', { dependsOn: ['web'] }), place('web')], [edge('ns', 'web')])).toMatchObject(
      {
        code: 'DEPENDENCY_CYCLE',
      },
    )
  })

  test('of 50,000 is refused without overflowing the stack', () => {
    const length = 50_000
    const ring = Array.from({ length }, (_, at) => place(`r${at}`, { dependsOn: [`r${(at + 1) % length}`] }))
    expect(refusalOf(ring).code).toBe('DEPENDENCY_CYCLE')
  })
})

test('an edge against the waves is refused, and both waves are named', () => {
  const error = refusalOf([place('first', { dependsOn: ['second'] }), place('second', { wave: 3 })])
  expect(error).toMatchObject({ code: 'DEPENDENCY_CYCLE', kind: 'permanent' })
  expect(error.message).toBe('Thing first (wave 0) waits for Thing second, which comes later (wave 3)')
})

test('what the target knows must come first comes as early as the first that needs it, and so does what that needs', () => {
  const resources = [
    place('definition', { wave: 5 }),
    place('namespace', { wave: 3 }),
    place('job', { wave: -1 }),
  ]
  const edges = [edge('definition', 'namespace'), edge('namespace', 'job')]
  expect(stagesOf(resources, edges)).toEqual({ definition: 0, namespace: 1, job: 2 })
})

test('an edge along the waves is no trouble', () => {
  expect(stagesOf([place('a'), place('b', { wave: 1, dependsOn: ['a'] })])).toEqual({ a: 0, b: 1 })
})

test('a dependency on what is not there is refused, and both are named', () => {
  const error = refusalOf([place('web', { dependsOn: ['nothing'] })])
  expect(error).toMatchObject({ code: 'DEPENDENCY_UNKNOWN', kind: 'permanent' })
  expect(error.message).toContain('Thing web depends on nothing')
})
