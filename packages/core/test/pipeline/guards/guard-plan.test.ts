import { describe, expect, test } from 'vitest'
import { freeChanges, guardPlan } from '../../../src/pipeline/guard-plan.ts'
import type { GuardInput } from '../../../src/pipeline/guards/guard.ts'
import { change, deletes, guardInput, planOf } from '../scene.ts'

const given = (over: Parameters<typeof guardInput>[1] = {}): GuardInput => guardInput([], over)
const guards = (...args: Parameters<typeof guardPlan>): readonly string[] =>
  guardPlan(...args).holds.map(({ guard, keys }) => `${guard}: ${keys.join(' ')}`)

const update = change({ key: 'u' })
const drift = change({ key: 'h', reason: 'drift' })
const removal = change({ key: 'd', action: 'delete', reason: 'removed' })
const kept = change({ key: 'k', action: 'release', reason: 'kept' })
const adoption = change({ key: 'a', reason: 'adopted' })

describe('a guarded plan', () => {
  test('without reason to hold anything is the plan as it was', () => {
    const plan = planOf([update, removal])
    expect(guardPlan(plan, given())).toEqual(plan)
  })

  test('holds each change by the first rule that holds it, in the order of the rules', () => {
    const strict = given({
      policy: { automated: false, selfHeal: false, prune: false, protect: ['*'] },
      waiting: 1,
      traitsOf: () => ({ cascades: true }),
    })
    expect(guards(planOf([update, drift, removal, kept, adoption]), strict)).toEqual([
      'automation: u d k a',
      'self-heal: h',
    ])
    expect(
      guards(planOf([update, drift, removal, kept, adoption]), {
        ...strict,
        policy: { ...strict.policy, automated: true, selfHeal: true },
      }),
    ).toEqual(['prune-off: d', 'prune-waits: k', 'ownership: a'])
  })

  test('does not count towards the budget what policy leaves out anyway', () => {
    expect(guards(planOf(deletes(8)), given({ inventory: 8, policy: { prune: false } }))).toEqual([
      'prune-off: r0 r1 r2 r3 r4 r5 r6 r7',
    ])
  })

  test('does not count towards the budget what is protected or cascades', () => {
    const input = given({
      inventory: 8,
      policy: { protect: ['r0'] },
      traitsOf: (key) => (key === 'r1' ? { cascades: true } : {}),
    })
    expect(guards(planOf(deletes(4)), input)).toEqual(['protected-resources: r0', 'cascading-deletes: r1'])
    expect(guards(planOf(deletes(5)), input)).toEqual([
      'protected-resources: r0',
      'cascading-deletes: r1',
      'prune-budget: r2 r3 r4',
    ])
  })

  test('keeps id, changes and all the rest', () => {
    const plan = planOf(deletes(8), { waiting: [{ label: 'w', reason: 'x' }] })
    expect(guardPlan(plan, given({ inventory: 8 }))).toEqual({ ...plan, holds: expect.any(Array) })
  })

  test.each([
    ['protected resources', { policy: { protect: ['*'] } }, true],
    ['waits', { waiting: 1 }, true],
    ['pruning being off', { policy: { prune: false } }, false],
    ['an empty desired state', { desired: 0 }, false],
    ['cascading deletes', { traitsOf: () => ({ cascades: true }) }, false],
    ['the budget', { inventory: 8 }, false],
  ])('for a removal still minds %s: %s', (_, over, minds) => {
    const plan = planOf(deletes(8))
    expect(guards(plan, given(over))).not.toEqual([])
    expect(guards(plan, given({ ...over, removing: true })).length > 0).toBe(minds)
  })
})

describe('free changes', () => {
  test('are those that no hold names, in their order', () => {
    const plan = guardPlan(planOf([update, removal, drift]), given({ policy: { prune: false } }))
    expect(freeChanges(plan)).toEqual([update, drift])
  })

  test('are all of them without holds', () => {
    const plan = planOf([update, removal])
    expect(freeChanges(plan)).toBe(plan.changes)
  })
})
