import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChangeAction } from '../../src/model/change.ts'
import type { Placement, Scope } from '../../src/model/scope.ts'
import { outside } from '../../src/pipeline/outside.ts'

const isOutside = (
  scope: Scope,
  placement: Placement | undefined,
  action: ChangeAction = 'update',
): boolean => outside(scope, action, () => placement) !== undefined

const deployment: Placement = { kind: 'apps/Deployment', namespace: 'shop' }
const secret: Placement = { kind: 'Secret', namespace: 'shop' }
const role: Placement = { kind: 'rbac.authorization.k8s.io/ClusterRole' }
const space: Placement = { kind: 'Namespace' }

describe('a scope', () => {
  test.each<readonly [Scope, Placement | undefined, boolean]>([
    [{}, role, false],
    [{}, undefined, false],
    [{ kinds: ['apps/Deployment'] }, deployment, false],
    [{ kinds: ['apps/Deployment'] }, secret, true],
    [{ kinds: ['Deployment'] }, deployment, true],
    [{ kinds: ['apps/*'] }, deployment, false],
    [{ kinds: [] }, deployment, true],
    [{ kinds: ['*'] }, role, false],
    [{ kinds: ['*'] }, undefined, true],
    [{ namespaces: ['shop'] }, deployment, false],
    [{ namespaces: ['shop-*'] }, deployment, true],
    [{ namespaces: ['shop*'] }, deployment, false],
    // Namespaces alone let nothing through that is in none, a namespace's own object included.
    [{ namespaces: ['*'] }, role, true],
    [{ namespaces: ['shop'], kinds: ['*'] }, space, true],
    [{ namespaces: ['shop'], clusterKinds: ['Namespace'] }, space, false],
    [{ namespaces: ['shop'], clusterKinds: ['Namespace'] }, role, true],
    [{ clusterKinds: [] }, deployment, false],
    [{ clusterKinds: [] }, role, true],
    // A kind that is allowed for the whole cluster is not one that is allowed in any namespace.
    [{ kinds: ['Secret'], clusterKinds: ['apps/Deployment'] }, deployment, true],
    [{ verbs: ['create', 'update'] }, undefined, false],
    [{ namespaces: ['a.b'] }, { kind: 'x', namespace: 'axb' }, true],
  ])('of %j: %j is outside: %s', (scope, placement, expected) => {
    expect(isOutside(scope, placement)).toBe(expected)
  })

  test('of verbs lets nothing else be done, wherever it is', () => {
    const scope: Scope = { verbs: ['create', 'update'], namespaces: ['shop'] }
    expect(isOutside(scope, deployment, 'create')).toBe(false)
    for (const action of ['delete', 'replace', 'release'] as const)
      expect(isOutside(scope, deployment, action)).toBe(true)
  })
})

const texts = fc.option(fc.subarray(['*', 'a', 'b', 'g/*', 'g/A', 'shop', 'shop-*']), { nil: undefined })
const placement = fc.record(
  { kind: fc.constantFrom('a', 'b', 'g/A', 'g/B'), namespace: fc.constantFrom('shop', 'shop-1', 'a') },
  { requiredKeys: ['kind'] },
)
const action = fc.constantFrom<ChangeAction>('create', 'update', 'delete', 'replace', 'release')
const scopes: fc.Arbitrary<Scope> = fc
  .record({
    kinds: texts,
    namespaces: texts,
    clusterKinds: texts,
    verbs: fc.option(fc.subarray<ChangeAction>(['create', 'update', 'delete']), { nil: undefined }),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)))

describe('for any scope', () => {
  test('one limit more lets nothing through that was outside, and a pattern less neither', () => {
    fc.assert(
      fc.property(
        scopes,
        placement,
        action,
        fc.constantFrom('kinds', 'namespaces', 'verbs'),
        (scope, where, verb, field) => {
          fc.pre(outside(scope, verb, () => where) !== undefined)
          const narrower = { ...scope, [field]: (scope[field as keyof Scope] ?? []).slice(1) }
          // Who limits namespaces later loses what is in none, unless that is listed: it never gains it.
          expect(outside(narrower, verb, () => where)).toBeDefined()
        },
      ),
    )
  })

  test('what cannot be placed is outside of it, unless it limits verbs alone', () => {
    fc.assert(
      fc.property(scopes, action, (scope, verb) => {
        const places = scope.kinds ?? scope.namespaces ?? scope.clusterKinds
        fc.pre(places !== undefined)
        expect(outside(scope, verb, () => undefined)).toBeDefined()
      }),
    )
  })
})
