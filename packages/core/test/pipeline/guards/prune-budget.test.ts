import { describe, expect, test } from 'vitest'
import { defaultPolicy } from '../../../src/model/policy.ts'
import { budgetFor, pruneBudget, spentWithinAnHour } from '../../../src/pipeline/guards/prune-budget.ts'
import { change, deletes, guardInput } from '../scene.ts'

const now = 10_000_000
const hour = 3_600_000
const isHeld = (count: number, over: Parameters<typeof guardInput>[1]): boolean =>
  pruneBudget(guardInput(deletes(count), { now, ...over })) !== undefined

describe('the prune budget', () => {
  // More than half is held from 3 on, more than a quarter from 6 on, more than 50 always.
  test.each([
    [1, 1],
    [2, 2],
    [3, 1],
    [4, 2],
    [5, 2],
    [6, 1],
    [7, 1],
    [8, 2],
    [9, 2],
    [11, 2],
    [12, 3],
    [100, 25],
    [199, 49],
    [200, 50],
    [203, 50],
    [204, 50],
    [250, 50],
    [100_000, 50],
  ])('of %i resources lets %i go and holds one more', (inventory, budget) => {
    expect(isHeld(budget, { inventory })).toBe(false)
    expect(isHeld(budget + 1, { inventory })).toBe(true)
  })

  test('counts replaces as deletes, and nothing else', () => {
    const replaced = change({ key: 'x', action: 'replace' })
    const others = [
      change({ key: 'a', action: 'create', reason: 'added' }),
      change({ key: 'b' }),
      change({ key: 'c', action: 'release', reason: 'kept' }),
    ]
    const hold = pruneBudget(guardInput([...others, ...deletes(2), replaced], { inventory: 8 }))
    expect(hold?.keys).toEqual(['r0', 'r1', 'x'])
    expect(pruneBudget(guardInput([...others, ...deletes(2)], { inventory: 8 }))).toBeUndefined()
  })

  test('holds all of what is too much, never a part of it', () => {
    expect(pruneBudget(guardInput(deletes(60), { inventory: 100 }))?.keys).toHaveLength(60)
  })

  test('says how many of how many, what is allowed, and what went before', () => {
    const input = guardInput(deletes(2), { inventory: 9, deletions: [{ at: now, count: 1 }], now })
    expect(pruneBudget(input)).toMatchObject({
      guard: 'prune-budget',
      code: 'PRUNE_BUDGET',
      holdsOperation: true,
      message:
        'would delete 2 of 10 resources, after 1 within the last hour, and 2 an hour are allowed: label of r0, label of r1',
    })
  })

  test('is not lifted because somebody asks, only because they remove the application', () => {
    expect(isHeld(8, { inventory: 8, asked: true })).toBe(true)
    expect(isHeld(8, { inventory: 8, removing: true })).toBe(false)
  })

  test('of nothing planned holds nothing, even when it is overspent', () => {
    expect(isHeld(0, { inventory: 8, deletions: [{ at: now, count: 500 }] })).toBe(false)
  })
})

describe('deletes of the last hour', () => {
  test.each([
    [now, 3],
    [now - hour + 1, 3],
    [now - hour, 0],
    [now - 2 * hour, 0],
    // A clock that was put back makes no room.
    [now + hour, 3],
  ])('at %i count as %i', (at, counted) => {
    expect(spentWithinAnHour([{ at, count: 3 }], now)).toBe(counted)
  })

  test('add up', () => {
    const spent = [
      { at: now - hour, count: 100 },
      { at: now - 10, count: 2 },
      { at: now, count: 3 },
    ]
    expect(spentWithinAnHour(spent, now)).toBe(5)
    expect(spentWithinAnHour([], now)).toBe(0)
  })

  test('leave less for the rest of the hour, so that small steps get no further than one', () => {
    // 100 resources: a quarter of them may go, in how many commits ever.
    const recent = [{ at: now - 5, count: 20 }]
    expect(isHeld(5, { inventory: 80, deletions: recent })).toBe(false)
    expect(isHeld(6, { inventory: 80, deletions: recent })).toBe(true)
    expect(isHeld(6, { inventory: 80, deletions: [{ at: now - hour, count: 20 }] })).toBe(false)
  })
})

describe('a budget of one’s own', () => {
  test.each([
    [{ max: 5 }, 100, 5],
    [{ max: 0 }, 2, 0],
    [{ max: 1 }, 2, 1],
    [{ shareOfMany: 1 }, 100, 50],
    [{ shareOfMany: 1, shareOfFew: 1 }, 40, 40],
    // The share of many is never the more generous one: the sixth resource must not loosen the rule.
    [{ shareOfMany: 0.9 }, 10, 5],
    [{ shareOfFew: 0 }, 4, 0],
    [{ shareOfFew: 0.34 }, 3, 1],
  ])('%j of %i resources is %i', (over, resources, budget) => {
    expect(budgetFor(resources, { ...defaultPolicy.pruneBudget, ...over })).toBe(budget)
  })
})
