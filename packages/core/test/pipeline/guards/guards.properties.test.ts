import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isHeal, type PlannedChange } from '../../../src/model/change.ts'
import type { OwnershipPolicy, SyncPolicy } from '../../../src/model/policy.ts'
import type { Owner, Traits } from '../../../src/model/resource.ts'
import { freeChanges, guardPlan } from '../../../src/pipeline/guard-plan.ts'
import { destroys } from '../../../src/pipeline/guards/protected-resources.ts'
import { budgetFor, spentWithinAnHour } from '../../../src/pipeline/guards/prune-budget.ts'
import { change, guardInput, neighbour, planOf, stranger } from '../scene.ts'

interface Scene {
  readonly changes: readonly PlannedChange[]
  readonly owners: Readonly<Record<string, Owner | undefined>>
  readonly traits: Readonly<Record<string, Traits>>
  readonly world: {
    readonly desired: number
    readonly inventory: number
    readonly waiting: number
    readonly deletions: readonly { readonly at: number; readonly count: number }[]
    readonly asked: boolean
    readonly removing: boolean
  }
}

const kinds = [
  { action: 'create', reason: 'added' },
  { action: 'create', reason: 'vanished' },
  { action: 'update', reason: 'changed' },
  { action: 'update', reason: 'adopted' },
  { action: 'update', reason: 'drift' },
  { action: 'replace', reason: 'changed' },
  { action: 'delete', reason: 'removed' },
  { action: 'delete', reason: 'removed' },
  { action: 'release', reason: 'kept' },
] as const

const scene: fc.Arbitrary<Scene> = fc
  .record({
    each: fc.array(
      fc.record({
        kind: fc.constantFrom(...kinds),
        owner: fc.constantFrom(undefined, neighbour, stranger),
        traits: fc.constantFrom<Traits>({}, { cascades: true }, { adopt: 'allowed' }),
      }),
      { maxLength: 20 },
    ),
    world: fc.record({
      desired: fc.nat(3),
      inventory: fc.nat(30),
      waiting: fc.constantFrom(0, 0, 1),
      deletions: fc.array(
        fc.record({ at: fc.integer({ min: 5_000_000, max: 10_000_000 }), count: fc.nat(5) }),
        {
          maxLength: 3,
        },
      ),
      asked: fc.boolean(),
      removing: fc.constantFrom(false, false, true),
    }),
  })
  .map(({ each, world }) => ({
    changes: each.map(({ kind }, at) => change({ key: `r${at}`, ...kind })),
    owners: Object.fromEntries(each.map(({ owner }, at) => [`r${at}`, owner])),
    traits: Object.fromEntries(each.map(({ traits }, at) => [`r${at}`, traits])),
    world,
  }))

const byStrictness: readonly OwnershipPolicy[] = ['adopt-all', 'adopt-unowned', 'must-match']

const policy = fc.record({
  automated: fc.boolean(),
  selfHeal: fc.boolean(),
  prune: fc.boolean(),
  allowEmpty: fc.boolean(),
  ownership: fc.constantFrom(...byStrictness),
  protect: fc.subarray(['r0', 'r1*', '*2', 'label of r3']),
  pruneBudget: fc.record({
    max: fc.nat(60),
    shareOfFew: fc.double({ min: 0, max: 1, noNaN: true }),
    shareOfMany: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
})
type Loose = typeof policy extends fc.Arbitrary<infer Value> ? Value : never

/** A policy that is nowhere more generous than either. */
const stricterThan = (one: Loose, other: Loose): Loose => ({
  automated: one.automated && other.automated,
  selfHeal: one.selfHeal && other.selfHeal,
  prune: one.prune && other.prune,
  allowEmpty: one.allowEmpty && other.allowEmpty,
  ownership:
    byStrictness[Math.max(byStrictness.indexOf(one.ownership), byStrictness.indexOf(other.ownership))] ??
    'must-match',
  protect: [...one.protect, ...other.protect],
  pruneBudget: {
    max: Math.min(one.pruneBudget.max, other.pruneBudget.max),
    shareOfFew: Math.min(one.pruneBudget.shareOfFew, other.pruneBudget.shareOfFew),
    shareOfMany: Math.min(one.pruneBudget.shareOfMany, other.pruneBudget.shareOfMany),
  },
})

const guarded = ({ changes, owners, traits, world }: Scene, over: Partial<SyncPolicy>) =>
  guardPlan(
    planOf(changes),
    guardInput([], {
      ...world,
      policy: over,
      liveOwnerOf: (key) => owners[key],
      traitsOf: (key) => traits[key] ?? {},
    }),
  )

/** Without the budget: it sees fewer deletes when a stricter rule holds some before it, and may let those few go. */
const withoutBudget = (made: Scene, each: Loose) =>
  guarded(
    { ...made, world: { ...made.world, inventory: 1_000, deletions: [] } },
    { ...each, pruneBudget: { max: 1_000, shareOfFew: 1, shareOfMany: 1 } },
  )

describe('for any plan', () => {
  test('what one policy holds, a stricter one holds as well', () => {
    fc.assert(
      fc.property(scene, policy, policy, (made, one, other) => {
        const [loose, strict] = [one, stricterThan(one, other)].map((each) =>
          freeChanges(withoutBudget(made, each)),
        )
        const released = (strict ?? []).filter((free) => !loose?.includes(free))
        expect(released).toEqual([])
      }),
    )
  })

  test('a smaller budget releases nothing that a larger one holds', () => {
    fc.assert(
      fc.property(scene, policy, policy, (made, one, other) => {
        const { pruneBudget } = stricterThan(one, other)
        const loose = freeChanges(guarded(made, one))
        const strict = freeChanges(guarded(made, { ...one, pruneBudget }))
        expect(strict.filter((free) => !loose.includes(free))).toEqual([])
      }),
    )
  })

  test('the budget is never exceeded, unless the application is being removed', () => {
    fc.assert(
      fc.property(scene, policy, (made, each) => {
        fc.pre(!made.world.removing)
        const going = freeChanges(guarded(made, each)).filter(destroys)
        if (going.length === 0) return
        const spent = spentWithinAnHour(made.world.deletions, 10_000_000)
        expect(going.length + spent).toBeLessThanOrEqual(
          budgetFor(made.world.inventory + spent, each.pruneBudget),
        )
      }),
    )
  })

  test('every change is either free or held by exactly one rule', () => {
    fc.assert(
      fc.property(scene, policy, (made, each) => {
        const plan = guarded(made, each)
        const held = plan.holds.flatMap(({ keys }) => keys)
        expect(new Set(held).size).toBe(held.length)
        expect([...held, ...freeChanges(plan).map(({ key }) => key)].sort()).toEqual(
          made.changes.map(({ key }) => key).sort(),
        )
      }),
    )
  })

  test('who asks lifts automation and self-heal, and nothing else', () => {
    fc.assert(
      fc.property(scene, policy, (made, each) => {
        const asked = guarded({ ...made, world: { ...made.world, asked: true } }, each)
        const same = guarded(
          { ...made, world: { ...made.world, asked: false } },
          { ...each, automated: true, selfHeal: true },
        )
        expect(asked).toEqual(same)
      }),
    )
  })

  test('no rule but automation and self-heal holds what neither takes over nor ends ownership', () => {
    fc.assert(
      fc.property(scene, policy, (made, each) => {
        const free = freeChanges(guarded(made, { ...each, automated: true, selfHeal: true }))
        const plain = made.changes.filter(
          (each) =>
            isHeal(each) ||
            each.reason === 'added' ||
            (each.action === 'update' && each.reason === 'changed'),
        )
        expect(plain.filter((each) => !free.includes(each))).toEqual([])
      }),
    )
  })
})
