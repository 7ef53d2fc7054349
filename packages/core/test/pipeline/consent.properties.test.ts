import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyedDigest } from '../../src/digest/keyed-digest.ts'
import type { Approval } from '../../src/model/approval.ts'
import { isHeal, type PlannedChange } from '../../src/model/change.ts'
import type { Operation } from '../../src/model/operation.ts'
import { agreed } from '../../src/pipeline/agreed.ts'
import { consent } from '../../src/pipeline/consent.ts'
import { freeChanges, guardPlan } from '../../src/pipeline/guard-plan.ts'
import { change, guardInput, neighbour, planOf } from './scene.ts'

const digest = keyedDigest(new Uint8Array(32))

const oneChange = fc
  .record({
    kind: fc.constantFrom(
      { action: 'create', reason: 'added', expects: { kind: 'absent' } } as const,
      { action: 'update', reason: 'changed' } as const,
      { action: 'update', reason: 'drift' } as const,
      { action: 'update', reason: 'adopted' } as const,
      { action: 'replace', reason: 'changed' } as const,
      { action: 'delete', reason: 'removed' } as const,
      { action: 'release', reason: 'kept' } as const,
    ),
    fingerprint: fc.constantFrom('f1', 'f2'),
    to: fc.constantFrom('1', '2'),
  })
  .map(({ kind, ...rest }) => ({ ...kind, ...rest }))

const changes: fc.Arbitrary<readonly PlannedChange[]> = fc
  .array(oneChange, { maxLength: 12 })
  .map((each) => each.map((one, at) => change({ ...one, key: `r${at}` })))

const approvalOf = (agreedTo: readonly PlannedChange[]): Approval => ({
  planId: 'plan-id-0123456789',
  actor: 'grace',
  at: 1_000,
  expiresAt: 2_000,
  desiredDigest: 'd1',
  changes: agreedTo.filter((one) => !isHeal(one)).map((one) => agreed(one, digest)),
})

const kindOf = (
  approval: Approval,
  plan: readonly PlannedChange[],
  { now = 1_500, operation }: { readonly now?: number; readonly operation?: Operation } = {},
): string => consent({ plan: planOf(plan), approval, operation, now, digest }).kind

describe('for any plan that somebody approved', () => {
  test('consent covers whatever is left of it, in other stages too', () => {
    fc.assert(
      fc.property(changes, fc.func(fc.boolean()), fc.nat(5), (all, stays, stage) => {
        const left = all.filter((one) => stays(one.key)).map((one) => ({ ...one, stage }))
        expect(kindOf(approvalOf(all), left)).toBe('given')
      }),
    )
  })

  test('one change that was not agreed to makes all of it stale, and is named', () => {
    fc.assert(
      fc.property(changes, oneChange, (all, other) => {
        const strange = change({ ...other, key: 'other' })
        fc.pre(!isHeal(strange))
        const found = consent({
          plan: planOf([...all, strange]),
          approval: approvalOf(all),
          operation: undefined,
          now: 1_500,
          digest,
        })
        expect(found).toMatchObject({ kind: 'stale', key: 'other' })
        expect(found.kind === 'stale' && found.why).toContain('label of other')
      }),
    )
  })

  test('an edit of any live resource that it touches makes it stale, and one of any other does not', () => {
    fc.assert(
      fc.property(changes, fc.nat(11), (all, at) => {
        fc.pre(at < all.length)
        const edited = all.map((one, place) => (place === at ? { ...one, fingerprint: 'edited' } : one))
        const isWork = !isHeal(all[at] as PlannedChange)
        expect(kindOf(approvalOf(all), edited)).toBe(isWork ? 'stale' : 'given')
      }),
    )
  })

  test('another incarnation of a resource it touches makes it stale, however alike that is', () => {
    const agreedTo = change({ key: 'r0', action: 'delete', reason: 'removed', fingerprint: 'f1' })
    const expects = (uid: string): PlannedChange => ({ ...agreedTo, expects: { kind: 'present', uid } })
    expect(kindOf(approvalOf([expects('one')]), [expects('one')])).toBe('given')
    expect(kindOf(approvalOf([expects('one')]), [expects('two')])).toBe('stale')
  })

  test('nothing counts from its expiry on, or for another desired state', () => {
    fc.assert(
      fc.property(changes, fc.integer({ min: 0, max: 5_000 }), (all, now) => {
        expect(kindOf(approvalOf(all), all, { now })).toBe(now < 2_000 ? 'given' : 'stale')
        expect(kindOf({ ...approvalOf(all), desiredDigest: 'd0' }, all)).toBe('stale')
        expect(kindOf({ ...approvalOf(all), ended: 'over' }, all)).toBe('stale')
      }),
    )
  })

  test('a write that a crash left open goes on only where it was announced by that approval', () => {
    const all = [change({ key: 'r0' })]
    const left = [change({ key: 'r0', reason: 'unsettled', fingerprint: 'written' })]
    const operation = {
      changed: ['r0'],
      approval: { planId: 'plan-id-0123456789', actor: 'grace', at: 1_000 },
    } as unknown as Operation
    const { approval: _, ...unapproved } = operation
    expect(kindOf(approvalOf(all), left, { operation })).toBe('given')
    expect(kindOf(approvalOf(all), left, { operation: { ...operation, changed: [] } })).toBe('stale')
    expect(kindOf(approvalOf(all), left, { operation: unapproved })).toBe('stale')
    // A deletion is not: what was edited since then is not what somebody agreed to delete.
    const removal = { action: 'delete', reason: 'unsettled', fingerprint: 'edited' } as const
    expect(kindOf(approvalOf(all), [change({ key: 'r0', ...removal })], { operation })).toBe('stale')
  })

  test('consent releases what waits for a person, and nothing else', () => {
    fc.assert(
      fc.property(changes, fc.boolean(), (all, prune) => {
        const plan = planOf(all)
        const world = {
          desired: 0,
          inventory: 12,
          liveOwnerOf: () => neighbour,
          traitsOf: (key: string) => (key.endsWith('1') ? { cascades: true } : {}),
        }
        const policy = { prune, protect: ['r2'] }
        const given = guardPlan(plan, {
          ...guardInput([], { ...world, policy: { ...policy, approval: 'always' } }),
          consent: { kind: 'given', approval: approvalOf(all) },
        })
        // The same without any of the rules that a person's consent releases.
        const large = { max: 1_000, shareOfFew: 100, shareOfMany: 100 }
        const harmless = guardPlan(
          plan,
          guardInput([], {
            ...world,
            traitsOf: () => ({}),
            policy: { ...policy, allowEmpty: true, pruneBudget: large },
          }),
        )
        expect(freeChanges(given)).toEqual(freeChanges(harmless))
      }),
    )
  })
})
