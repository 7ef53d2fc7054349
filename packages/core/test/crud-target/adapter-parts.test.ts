import { type Expectation, expectLive, ownedFields, type PlannedChange } from '@mooring/core'
import { describe, expect, test } from 'vitest'

describe('ownedFields', () => {
  test.for([
    ['what is added', { a: 1 }, { a: 1, b: 2 }, { a: 1 }],
    [
      'what is added deep down',
      { a: { b: [{ c: 1 }] } },
      { a: { b: [{ c: 1, d: 2 }], e: 3 } },
      { a: { b: [{ c: 1 }] } },
    ],
    ['a field set to undefined', { a: 1, b: undefined }, { a: 1, b: 2 }, { a: 1 }],
  ])('leaves out %s', ([, manifest, live, owned]) => {
    expect(ownedFields(manifest, live)).toStrictEqual(owned)
  })

  test.for([
    ['another value', { a: 1 }, { a: 2 }, { a: 2 }],
    ['another kind of value', { a: { b: 1 } }, { a: 'text' }, { a: 'text' }],
    ['what is added to a list', { a: [1] }, { a: [1, 2] }, { a: [1, 2] }],
    ['what is missing', { a: 1, b: 2 }, { a: 1 }, { a: 1 }],
    ['what is missing under a name that every object knows', { constructor: 'x' }, {}, {}],
    [
      'a field that looks like a prototype',
      JSON.parse('{"__proto__":1}'),
      JSON.parse('{"__proto__":2}'),
      JSON.parse('{"__proto__":2}'),
    ],
  ])('shows %s', ([, manifest, live, owned]) => {
    expect(ownedFields(manifest, live)).toStrictEqual(owned)
  })
})

describe('expectLive', () => {
  const change = (expects: Expectation): PlannedChange => ({
    key: 'a',
    label: 'note a',
    action: 'update',
    reason: 'changed',
    expects,
    stage: 0,
  })
  const live = { uid: 'u1', version: 'v1' }

  test.for<[string, Expectation, typeof live | undefined]>([
    ['nothing, where nothing is expected', { kind: 'absent' }, undefined],
    ['anything, where only presence is expected', { kind: 'present' }, live],
    ['the incarnation and version expected', { kind: 'present', ...live }, live],
  ])('lets %s be', ([, expects, found]) => {
    expect(() => expectLive(change(expects), found)).not.toThrow()
  })

  test.for<[string, Expectation, typeof live | undefined]>([
    ['something, where nothing is expected', { kind: 'absent' }, live],
    ['nothing, where something is expected', { kind: 'present' }, undefined],
    ['another incarnation', { kind: 'present', uid: 'u0' }, live],
    ['another version', { kind: 'present', version: 'v0' }, live],
  ])('refuses %s', ([, expects, found]) => {
    expect(() => expectLive(change(expects), found)).toThrow(
      expect.objectContaining({
        kind: 'conflict',
        code: 'EXPECTATION_NOT_MET',
        message: expect.stringContaining('note a'),
      }),
    )
  })
})
