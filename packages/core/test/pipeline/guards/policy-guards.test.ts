import { describe, expect, test } from 'vitest'
import type { PlannedChange } from '../../../src/model/change.ts'
import { automation } from '../../../src/pipeline/guards/automation.ts'
import { cascadingDeletes } from '../../../src/pipeline/guards/cascading-deletes.ts'
import { emptyDesired } from '../../../src/pipeline/guards/empty-desired.ts'
import { type Guard, type GuardInput, labelsOf } from '../../../src/pipeline/guards/guard.ts'
import { protectedResources } from '../../../src/pipeline/guards/protected-resources.ts'
import { pruneOff } from '../../../src/pipeline/guards/prune-off.ts'
import { pruneWaits } from '../../../src/pipeline/guards/prune-waits.ts'
import { selfHeal } from '../../../src/pipeline/guards/self-heal.ts'
import { change, deletes, guardInput } from '../scene.ts'

type Given = Parameters<typeof guardInput>[1]

/** One change of every kind a guard may tell apart. */
const work = {
  create: change({ key: 'create', action: 'create', reason: 'added', expects: { kind: 'absent' } }),
  update: change({ key: 'update' }),
  replace: change({ key: 'replace', action: 'replace' }),
  delete: change({ key: 'delete', action: 'delete', reason: 'removed' }),
  release: change({ key: 'release', action: 'release', reason: 'kept' }),
  drift: change({ key: 'drift', reason: 'drift' }),
  vanished: change({ key: 'vanished', action: 'create', reason: 'vanished', expects: { kind: 'absent' } }),
} as const
const all: readonly PlannedChange[] = Object.values(work)

const heldBy = (guard: Guard, given: Given = {}, changes = all): readonly string[] =>
  guard(guardInput(changes, given))?.keys ?? []

const notHeals = ['create', 'update', 'replace', 'delete', 'release']
const heals = ['drift', 'vanished']

describe('what each rule holds, of one change of every kind', () => {
  test.each<readonly [name: string, Guard, Given, readonly string[]]>([
    ['automation, on', automation, {}, []],
    ['automation, off', automation, { policy: { automated: false } }, notHeals],
    ['automation, off and somebody asked', automation, { policy: { automated: false }, asked: true }, []],

    ['self-heal, on', selfHeal, {}, []],
    ['self-heal, off', selfHeal, { policy: { selfHeal: false } }, heals],
    ['self-heal, off and somebody asked', selfHeal, { policy: { selfHeal: false }, asked: true }, []],

    ['prune-off, on', pruneOff, {}, []],
    ['prune-off, off', pruneOff, { policy: { prune: false } }, ['delete']],
    ['prune-off, off and somebody asked', pruneOff, { policy: { prune: false }, asked: true }, ['delete']],
    ['prune-off, off while removing', pruneOff, { policy: { prune: false }, removing: true }, []],

    ['prune-waits, nothing waits', pruneWaits, {}, []],
    ['prune-waits, something waits', pruneWaits, { waiting: 1 }, ['delete', 'release']],
    [
      'prune-waits, something waits and somebody asked',
      pruneWaits,
      { waiting: 1, asked: true },
      ['delete', 'release'],
    ],

    ['empty-desired, one resource', emptyDesired, { desired: 1 }, []],
    ['empty-desired, none', emptyDesired, { desired: 0 }, ['delete', 'release']],
    [
      'empty-desired, none and somebody asked',
      emptyDesired,
      { desired: 0, asked: true },
      ['delete', 'release'],
    ],
    ['empty-desired, none but some wait', emptyDesired, { desired: 0, waiting: 1 }, []],
    ['empty-desired, none and that is meant', emptyDesired, { desired: 0, policy: { allowEmpty: true } }, []],
    ['empty-desired, none while removing', emptyDesired, { desired: 0, removing: true }, []],

    ['cascading-deletes', cascadingDeletes, { traitsOf: () => ({ cascades: true }) }, ['replace', 'delete']],
    [
      'cascading-deletes, somebody asked',
      cascadingDeletes,
      { traitsOf: () => ({ cascades: true }), asked: true },
      ['replace', 'delete'],
    ],
    ['cascading-deletes, none cascades', cascadingDeletes, { traitsOf: () => ({ cascades: false }) }, []],
    [
      'cascading-deletes, while removing',
      cascadingDeletes,
      { traitsOf: () => ({ cascades: true }), removing: true },
      [],
    ],

    ['protected-resources, none', protectedResources, {}, []],
    ['protected-resources, all', protectedResources, { policy: { protect: ['*'] } }, ['replace', 'delete']],
    [
      'protected-resources, all and somebody asked',
      protectedResources,
      { policy: { protect: ['*'] }, asked: true },
      ['replace', 'delete'],
    ],
    [
      'protected-resources, all while removing',
      protectedResources,
      { policy: { protect: ['*'] }, removing: true },
      ['replace', 'delete'],
    ],
  ])('%s', (_, guard, given, keys) => {
    expect(heldBy(guard, given)).toEqual(keys)
  })
})

describe('a hold', () => {
  const everywhere: Given = {
    policy: { automated: false, selfHeal: false, prune: false, protect: ['*'] },
    waiting: 3,
    traitsOf: () => ({ cascades: true }),
  }

  test.each<readonly [guard: Guard, name: string, code: string, holdsOperation: boolean]>([
    [automation, 'automation', 'NOT_AUTOMATED', false],
    [selfHeal, 'self-heal', 'SELF_HEAL_OFF', false],
    [pruneOff, 'prune-off', 'PRUNE_OFF', false],
    [pruneWaits, 'prune-waits', 'PRUNE_WAITS', false],
    [emptyDesired, 'empty-desired', 'EMPTY_DESIRED', true],
    [protectedResources, 'protected-resources', 'PROTECTED_RESOURCE', true],
    [cascadingDeletes, 'cascading-deletes', 'CASCADING_DELETE', true],
  ])('of %o names rule, code, resources and the way out', (guard, name, code, holdsOperation) => {
    const none = guard === emptyDesired ? { desired: 0, waiting: 0 } : {}
    const hold = guard(guardInput(all, { ...everywhere, ...none }))
    expect(hold).toMatchObject({ guard: name, code, holdsOperation })
    expect(hold?.message).toContain('label of ')
    expect(hold?.release).not.toBe('')
  })

  test.each([automation, selfHeal, pruneOff, pruneWaits, protectedResources, cascadingDeletes])(
    'of %o does not exist where no change would be held',
    (guard) => {
      expect(guard(guardInput([], everywhere))).toBeUndefined()
    },
  )

  test('of an empty desired state exists even where nothing would be deleted yet', () => {
    expect(emptyDesired(guardInput([], { desired: 0 }))).toMatchObject({ keys: [], holdsOperation: true })
  })

  test('names five resources and counts the rest', () => {
    expect(labelsOf(deletes(5))).toBe('label of r0, label of r1, label of r2, label of r3, label of r4')
    expect(labelsOf(deletes(8))).toMatch(/label of r4 and 3 more$/)
    expect(labelsOf([])).toBe('')
  })
})

describe('a protected resource', () => {
  const removal = (label: string, key = 'some-key'): PlannedChange =>
    change({ key, label, action: 'delete', reason: 'removed' })

  test.each<readonly [pattern: string, label: string, held: boolean]>([
    ['Namespace shop', 'Namespace shop', true],
    ['Namespace shop', 'Namespace shop-2', false],
    ['Namespace shop', 'a Namespace shop', false],
    ['Namespace *', 'Namespace shop', true],
    ['Namespace *', 'Namespaces', false],
    ['*/db', 'StatefulSet shop/db', true],
    ['*/db', 'StatefulSet shop/db-2', false],
    ['*shop*', 'StatefulSet shop/db', true],
    ['**', 'anything', true],
    ['some-key', 'Secret x', true],
    ['some-*', 'Secret x', true],
    // What means something in a regular expression means itself.
    ['a.b', 'axb', false],
    ['a.b', 'a.b', true],
    ['(a|b)+[c]?^$', '(a|b)+[c]?^$', true],
    ['(a|b)', 'a', false],
    ['\\d', '\\d', true],
    ['\\d', '7', false],
    // A label over two lines is one label.
    ['one*two', 'one\ntwo', true],
    ['', 'Secret x', false],
    ['', '', true],
    ['namespace shop', 'Namespace shop', false],
  ])('by %j: %j is %s', (pattern, label, held) => {
    const hold = protectedResources(guardInput([removal(label)], { policy: { protect: ['never', pattern] } }))
    expect(hold !== undefined).toBe(held)
  })
})

describe('cascading deletes', () => {
  test('are held by name: only what cascades', () => {
    const traitsOf: GuardInput['traitsOf'] = (key) => (key === 'r1' ? { cascades: true } : {})
    const hold = cascadingDeletes(guardInput(deletes(3), { traitsOf }))
    expect(hold?.keys).toEqual(['r1'])
    expect(hold?.message).toContain('label of r1')
  })
})
