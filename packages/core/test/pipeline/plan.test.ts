import { describe, expect, test } from 'vitest'
import type { Difference } from '../../src/pipeline/diff.ts'
import { order, type Placed } from '../../src/pipeline/order.ts'
import { type PlanInput, plan } from '../../src/pipeline/plan.ts'
import { applied, entry, live, wanted } from './scene.ts'

const digest = (content: string): string => `digest of ${content}`

const chain = (...keys: readonly string[]): readonly Placed[] =>
  keys.map((key, at) => ({ key, label: key, wave: 0, dependsOn: keys.slice(Math.max(0, at - 1), at) }))

const difference = (key: string, over: Partial<Difference> = {}): Difference => ({
  key,
  label: `label of ${key}`,
  action: 'create',
  reason: 'added',
  expects: { kind: 'absent' },
  ...over,
})
const removal = (key: string): Difference =>
  difference(key, { action: 'delete', reason: 'removed', expects: { kind: 'present' } })

const planOf = (differences: readonly Difference[], over: Partial<PlanInput> = {}) =>
  plan({
    application: 'shop',
    target: 'cluster-1',
    revision: { id: 'c1', label: 'main@c1' },
    desired: { records: new Map(), hooks: new Map(), digest: 'desired', waiting: [] },
    differences,
    order: order([], []),
    unchanged: 7,
    at: 42,
    digest,
    ...over,
  })

const inBrief = (...given: Parameters<typeof planOf>): readonly string[] =>
  planOf(...given).changes.map(({ key, stage }) => `${stage} ${key}`)

describe('the changes of a plan', () => {
  test('come by stage, and within one by key', () => {
    const ordered = order(chain('ns', 'config', 'web'), [])
    const differences = ['web', 'ns', 'config', 'b', 'a'].map((key) => difference(key))
    expect(inBrief(differences, { order: ordered })).toEqual(['0 a', '0 b', '0 ns', '1 config', '2 web'])
  })

  test('have stages without gaps, however far apart their places are', () => {
    const ordered = order(chain('r0', 'r1', 'r2', 'r3', 'r4'), [])
    expect(inBrief([difference('r4'), difference('r1')], { order: ordered })).toEqual(['0 r1', '1 r4'])
  })

  test('that end ownership come after all others, the other way round', () => {
    const ordered = order(chain('ns', 'config', 'web', 'new'), [])
    const kept = difference('config', { action: 'release', reason: 'kept', expects: { kind: 'present' } })
    const differences = [removal('ns'), kept, removal('web'), difference('new'), difference('free')]
    expect(inBrief(differences, { order: ordered })).toEqual(['0 free', '1 new', '2 web', '3 config', '4 ns'])
  })

  test('that are deletes alone begin at stage 0', () => {
    expect(inBrief([removal('b'), removal('a')])).toEqual(['0 a', '0 b'])
  })

  test('may replace what others wait for, in its place among them', () => {
    const ordered = order(chain('ns', 'web'), [])
    const replaced = difference('ns', { action: 'replace', reason: 'changed', expects: { kind: 'present' } })
    expect(inBrief([difference('web'), replaced], { order: ordered })).toEqual(['0 ns', '1 web'])
  })

  test('say from what to what, against which live form, and from which file', () => {
    const change = difference('web', {
      action: 'update',
      reason: 'changed',
      expects: { kind: 'present', uid: 'u1', version: 'v1' },
      desired: { ...wanted('2'), origin: { file: 'web.yaml', line: 3 } },
      entry: entry({ owned: applied({ digest: '1' }) }),
      observation: live({ fingerprint: 'f9' }),
    })
    expect(planOf([change]).changes).toEqual([
      {
        key: 'web',
        label: 'label of web',
        action: 'update',
        reason: 'changed',
        expects: { kind: 'present', uid: 'u1', version: 'v1' },
        from: '1',
        to: '2',
        fingerprint: 'f9',
        stage: 0,
        origin: { file: 'web.yaml', line: 3 },
      },
    ])
  })

  test('say nothing of what was only pending', () => {
    const onlyPending = entry({ pending: { action: 'create', digest: '1', expects: { kind: 'absent' } } })
    expect(planOf([difference('web', { entry: onlyPending })]).changes[0]).not.toHaveProperty('from')
  })
})

test('a plan tells what it was made of, and survives JSON as it is', () => {
  const waiting = [{ label: 'Widget w', reason: 'nobody has defined Widget' }]
  const made = planOf([difference('web', { desired: wanted() })], {
    desired: { records: new Map(), hooks: new Map(), digest: 'desired', waiting },
  })
  expect(made).toMatchObject({
    formatVersion: 1,
    application: 'shop',
    target: 'cluster-1',
    revision: { id: 'c1', label: 'main@c1' },
    desiredDigest: 'desired',
    at: 42,
    holds: [],
    waiting,
    unchanged: 7,
  })
  expect(JSON.parse(JSON.stringify(made))).toEqual(made)
})
