import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyedDigest } from '../../src/digest/keyed-digest.ts'
import type { PlannedChange } from '../../src/model/change.ts'
import type { DesiredSet } from '../../src/pipeline/desired-set.ts'
import type { Difference } from '../../src/pipeline/diff.ts'
import { order, type Placed } from '../../src/pipeline/order.ts'
import { type PlanInput, plan } from '../../src/pipeline/plan.ts'
import { planId } from '../../src/pipeline/plan-id.ts'
import { change, deletes, live, wanted } from './scene.ts'

const digest = keyedDigest(new Uint8Array(32))
const idOf = (changes: readonly PlannedChange[], application = 'shop', target = 'cluster-1'): string =>
  planId(application, target, changes, digest)

const base = change({ from: '1', to: '2', fingerprint: 'f1' })
const present = { kind: 'present', uid: 'u1', version: 'v1' } as const

describe('the id of a plan', () => {
  test.each<readonly [string, PlannedChange]>([
    ['key', { ...base, key: 'other' }],
    ['action', { ...base, action: 'replace' }],
    ['reason', { ...base, reason: 'adopted' }],
    ['digest last applied', { ...base, from: '0' }],
    ['lack of a digest last applied', change({ to: '2', fingerprint: 'f1' })],
    ['desired digest', { ...base, to: '3' }],
    ['live fingerprint', { ...base, fingerprint: 'f2' }],
    ['stage', { ...base, stage: 1 }],
    ['expected incarnation', { ...base, expects: { ...present, uid: 'u2' } }],
    ['expectation that nothing is there', { ...base, expects: { kind: 'absent' } }],
    ['lack of an expected incarnation', { ...base, expects: { kind: 'present' } }],
  ])('is another with another %s of a change', (what, other) => {
    // A stage says something only beside another one.
    const beside = what === 'stage' ? [change({ key: 'first' })] : []
    expect(idOf([...beside, other])).not.toBe(idOf([...beside, base]))
  })

  test('is another for another application, target, or set of changes', () => {
    const ids = [
      idOf([base]),
      idOf([base], 'billing'),
      idOf([base], 'shop', 'cluster-2'),
      idOf([]),
      idOf([base, change({ key: 'b' })]),
      idOf(deletes(3)),
    ]
    expect(new Set(ids).size).toBe(ids.length)
  })

  test.each<readonly [string, PlannedChange]>([
    ['version it expects', { ...base, expects: { ...present, version: 'v999' } }],
    ['label', { ...base, label: 'renamed' }],
    ['file it stands in', { ...base, origin: { file: 'moved.yaml', line: 1 } }],
  ])('stays with another %s of a change', (_, other) => {
    expect(idOf([other])).toBe(idOf([base]))
  })

  test.each(['drift', 'vanished'] as const)('stays when %s is healed beside the work', (reason) => {
    const heal = change({ key: 'a', reason })
    expect(idOf([heal, base])).toBe(idOf([base]))
    expect(idOf([heal])).toBe(idOf([]))
  })

  test('does not depend on the order in which changes come', () => {
    const changes = fc.uniqueArray(
      fc.record({ key: fc.string({ maxLength: 3 }), to: fc.constantFrom('1', '2'), stage: fc.nat(3) }),
      { selector: ({ key }) => key, maxLength: 8 },
    )
    const shuffled = changes.chain((made) =>
      fc.tuple(fc.constant(made), fc.shuffledSubarray(made, { minLength: made.length })),
    )
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        expect(idOf(other.map(change))).toBe(idOf(one.map(change)))
      }),
    )
  })
})

describe('the id of a whole plan', () => {
  const placed: readonly Placed[] = [
    { key: 'ns', label: 'ns', wave: 0, dependsOn: [] },
    { key: 'web', label: 'web', wave: 0, dependsOn: ['ns'] },
    { key: 'old', label: 'old', wave: 0, dependsOn: [] },
  ]
  const desired: DesiredSet = { records: new Map(), hooks: new Map(), digest: 'd', waiting: [] }
  const update = (over: Partial<Difference> = {}): Difference => ({
    key: 'web',
    label: 'web',
    action: 'update',
    reason: 'changed',
    expects: present,
    desired: wanted('2'),
    observation: live(),
    ...over,
  })
  const input: PlanInput = {
    application: 'shop',
    target: 'cluster-1',
    revision: { id: 'c1' },
    desired,
    differences: [update()],
    order: order(placed, []),
    unchanged: 1,
    at: 1,
    digest,
  }

  test.each<readonly [string, Partial<PlanInput>]>([
    ['an unrelated commit', { revision: { id: 'c2', label: 'main@c2', message: 'docs' } }],
    ['the time', { at: 999 }],
    ['another number of resources that are as desired', { unchanged: 99 }],
    [
      'something that waits',
      { desired: { ...desired, digest: 'd2', waiting: [{ label: 'w', reason: 'undefined' }] } },
    ],
    [
      'a heartbeat',
      {
        differences: [
          update({ expects: { ...present, version: 'v2' }, observation: live({ version: 'v2' }) }),
        ],
      },
    ],
    [
      'the health of what it changes',
      { differences: [update({ observation: live({ health: { state: 'degraded', message: 'x' } }) })] },
    ],
    [
      'drift of what its work waits for, healed in a stage of its own',
      { differences: [update({ key: 'ns', label: 'ns', reason: 'drift' }), update()] },
    ],
    [
      'something that vanished, made again in a stage of its own',
      {
        differences: [
          update({
            key: 'ns',
            label: 'ns',
            reason: 'vanished',
            action: 'create',
            expects: { kind: 'absent' },
          }),
          update(),
        ],
      },
    ],
  ])('stays, whatever happens to %s', (_, over) => {
    expect(plan({ ...input, ...over }).id).toBe(plan(input).id)
  })

  test('is another when somebody edits what it changes', () => {
    const edited = { ...input, differences: [update({ observation: live({ fingerprint: 'f2' }) })] }
    expect(plan(edited).id).not.toBe(plan(input).id)
  })

  test('is another when the same changes would be made in another order', () => {
    const differences = [update(), update({ key: 'old', label: 'old' })]
    const later = placed.map((resource) =>
      resource.key === 'old' ? { ...resource, dependsOn: ['web'] } : resource,
    )
    const one = plan({ ...input, differences, order: order(placed, []) })
    const other = plan({ ...input, differences, order: order(later, []) })
    expect(one.changes.map(({ key, stage }) => `${stage} ${key}`)).toEqual(['0 old', '1 web'])
    expect(other.changes.map(({ key, stage }) => `${stage} ${key}`)).toEqual(['0 web', '1 old'])
    expect(other.id).not.toBe(one.id)
  })

  test('does not depend on the order in which resources and differences come', () => {
    const differences = [
      update(),
      update({ key: 'ns', label: 'ns' }),
      update({ key: 'old', label: 'old', action: 'delete', reason: 'removed' }),
    ]
    fc.assert(
      fc.property(
        fc.shuffledSubarray(differences, { minLength: 3 }),
        fc.shuffledSubarray([...placed], { minLength: 3 }),
        (shuffled, places) => {
          const one = plan({ ...input, differences })
          const other = plan({ ...input, differences: shuffled, order: order(places, []) })
          expect(other).toEqual(one)
        },
      ),
    )
  })
})
