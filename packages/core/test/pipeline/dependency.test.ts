import type { Plan } from '@mooring/core'
import { describe, expect, test } from 'vitest'
import type { PassReport } from '../../src/pass/pass-report.ts'
import { circleThrough, type DependencyInput, standpoint } from '../../src/pipeline/dependency.ts'

const plan = { revision: { id: 'c1' }, desiredDigest: 'd1', holds: [] } as unknown as Plan
const report: PassReport = {
  end: { kind: 'rest' },
  rendered: false,
  resources: 1,
  changed: 0,
  health: 'healthy',
  unhealthy: [],
  plan,
  reasons: [],
}
const settled = { id: 'o', desiredDigest: 'd1', outcome: 'synced', reasons: [] } as const
const ready: DependencyInput = { head: { deletions: [], settled }, report, isThere: () => true }

describe('an application that others depend on', () => {
  test('is ready when it is in sync, healthy and at the revision', () => {
    expect(standpoint(ready)).toEqual({ kind: 'met' })
    expect(standpoint({ ...ready, report: { ...report, health: 'paused' } })).toEqual({ kind: 'met' })
  })

  const head = ready.head
  test.each<[string, string, Partial<DependencyInput>]>([
    ['suspended', 'stuck', { head: { ...head, suspended: { by: 'ada', at: 0 } } }],
    ['removed', 'stuck', { head: { ...head, removing: { by: 'ada', at: 0 } } }],
    ['not looked at', 'under-way', { report: undefined }],
    ['at another revision', 'under-way', { isThere: () => false }],
    ['never synced', 'stuck', { head: { deletions: [] } }],
    [
      'of another desired state',
      'stuck',
      { head: { ...head, settled: { ...settled, desiredDigest: 'd0' } } },
    ],
    ['failed', 'stuck', { head: { ...head, settled: { ...settled, outcome: 'failed', reasons: ['why'] } } }],
    ['progressing', 'under-way', { report: { ...report, health: 'progressing' } }],
    ['degraded', 'stuck', { report: { ...report, health: 'degraded' } }],
    ['of unknown health', 'stuck', { report: { ...report, health: 'unknown' } }],
  ])('that is %s is %s', (_, kind, given) => {
    expect(standpoint({ ...ready, ...given })).toMatchObject({ kind })
  })
})

describe('a circle of dependencies', () => {
  const of = (edges: Record<string, readonly string[]>) => (name: string) => edges[name] ?? []

  test.each<[string, Record<string, readonly string[]>, readonly string[] | undefined]>([
    ['leads back by the way it goes', { a: ['b'], b: ['c'], c: ['a'] }, ['a', 'b', 'c', 'a']],
    ['is found behind what leads nowhere', { a: ['x', 'b'], x: [], b: ['a'] }, ['a', 'b', 'a']],
    ['is none of those that only lead to one', { a: ['b'], b: ['c'], c: ['b'] }, undefined],
    ['is no diamond', { a: ['b', 'c'], b: ['d'], c: ['d'] }, undefined],
    ['is none where nobody depends on anybody', {}, undefined],
  ])('%s', (_, edges, way) => {
    expect(circleThrough('a', of(edges))).toEqual(way)
  })
})
