import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isMooringError } from '../../src/errors/mooring-error.ts'
import { order, type Placed } from '../../src/pipeline/order.ts'
import { plan } from '../../src/pipeline/plan.ts'
import type { Dependency } from '../../src/ports/target.ts'

interface Graph {
  readonly resources: readonly Placed[]
  readonly edges: readonly Dependency[]
}

/** Pairs of places, the smaller first: as edges from first to second they can make no cycle. */
const upward = (count: number): fc.Arbitrary<readonly (readonly [number, number])[]> =>
  fc.array(
    fc
      .tuple(fc.nat(count - 1), fc.nat(count - 1))
      .map(([a, b]): readonly [number, number] => (a < b ? [a, b] : [b, a])),
    { maxLength: count * 2 },
  )

/** A graph without cycles, its resources in any order: waves rise along the places, edges go upward. */
const acyclic: fc.Arbitrary<Graph> = fc
  .integer({ min: 1, max: 15 })
  .chain((count) =>
    fc.record({
      waves: fc.array(fc.integer({ min: -2, max: 2 }), { minLength: count, maxLength: count }),
      named: upward(count),
      implied: upward(count),
      shuffle: fc.array(fc.nat(), { minLength: count, maxLength: count }),
    }),
  )
  .map(({ waves, named, implied, shuffle }) => {
    const sorted = waves.toSorted((a, b) => a - b)
    const resources = sorted.map((wave, at) => ({
      key: `r${at}`,
      label: `r${at}`,
      wave,
      dependsOn: named.filter(([a, b]) => b === at && a !== b).map(([a]) => `r${a}`),
    }))
    const edges = implied.filter(([a, b]) => a !== b).map(([a, b]) => ({ before: `r${a}`, after: `r${b}` }))
    const mixed = resources
      .map((resource, at) => ({ resource, by: shuffle[at] ?? 0 }))
      .toSorted((a, b) => a.by - b.by)
    return { resources: mixed.map(({ resource }) => resource), edges }
  })

const allEdges = ({ resources, edges }: Graph): readonly Dependency[] => [
  ...edges,
  ...resources.flatMap(({ key, dependsOn }) => dependsOn.map((before) => ({ before, after: key }))),
]

describe('the order of any graph without cycles', () => {
  test('respects every edge and every wave', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        const { stageOf } = order(graph.resources, graph.edges)
        for (const { before, after } of allEdges(graph)) expect(stageOf(before)).toBeLessThan(stageOf(after))
        for (const a of graph.resources) {
          for (const b of graph.resources) {
            if (a.wave < b.wave) expect(stageOf(a.key)).toBeLessThan(stageOf(b.key))
          }
        }
      }),
    )
  })

  test('is the other way round for what leaves, whatever the graph', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        const ordered = order(graph.resources, graph.edges)
        const differences = graph.resources.map(({ key }) => ({
          key,
          label: key,
          action: 'delete' as const,
          reason: 'removed' as const,
          expects: { kind: 'present' as const },
        }))
        const { changes } = plan({
          application: 'shop',
          target: 'memory',
          revision: { id: 'r' },
          desired: { records: new Map(), hooks: new Map(), waiting: [], digest: 'd' },
          differences,
          order: ordered,
          unchanged: 0,
          at: 0,
          digest: (content) => content,
        })
        const stages = new Map(changes.map(({ key, stage }) => [key, stage]))
        for (const { before, after } of allEdges(graph))
          expect(stages.get(after)).toBeLessThan(stages.get(before) as number)
      }),
    )
  })

  test('has no more stages than it needs: each but the first has a reason', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        const { stageOf } = order(graph.resources, graph.edges)
        const stages = new Set(graph.resources.map(({ key }) => stageOf(key)))
        expect([...stages].sort((a, b) => a - b)).toEqual([...stages].map((_, at) => at))
        const edges = allEdges(graph)
        for (const { key, wave } of graph.resources) {
          if (stageOf(key) === 0) continue
          const justBefore = graph.resources.filter((other) => stageOf(other.key) === stageOf(key) - 1)
          const hasReason = justBefore.some(
            (other) =>
              other.wave < wave || edges.some(({ before, after }) => before === other.key && after === key),
          )
          expect(hasReason).toBe(true)
        }
      }),
    )
  })

  test('does not depend on the order in which resources and edges come', () => {
    fc.assert(
      fc.property(acyclic, ({ resources, edges }) => {
        const one = order(resources, edges)
        const other = order(resources.toReversed(), edges.toReversed())
        for (const { key } of resources) expect(other.stageOf(key)).toBe(one.stageOf(key))
      }),
    )
  })
})

test('any graph with a cycle is refused, and the path printed is a cycle of the graph', () => {
  const cyclic = acyclic.chain((graph) =>
    fc.tuple(
      fc.constant(graph),
      fc.shuffledSubarray(
        graph.resources.map(({ key }) => key),
        { minLength: 1 },
      ),
    ),
  )
  fc.assert(
    fc.property(cyclic, ([{ resources, edges }, ring]) => {
      const flat = resources.map((resource) => ({ ...resource, wave: 0 }))
      const round = ring.map((before, at) => ({ before, after: ring[(at + 1) % ring.length] as string }))
      const graph = { resources: flat, edges: [...edges, ...round] }
      let refusal: unknown
      try {
        order(graph.resources, graph.edges)
      } catch (thrown) {
        refusal = thrown
      }
      if (!isMooringError(refusal)) throw new Error('Expected a refusal, got an order')
      expect(refusal.code).toBe('DEPENDENCY_CYCLE')
      const path = (refusal.message.split(': ')[1] ?? '').split(' waits for ')
      expect(path.at(-1)).toBe(path[0])
      const known = new Set(allEdges(graph).map(({ before, after }) => `${after} waits for ${before}`))
      for (const [at, step] of path.slice(0, -1).entries()) {
        expect(known).toContain(`${step} waits for ${path[at + 1]}`)
      }
    }),
  )
})
