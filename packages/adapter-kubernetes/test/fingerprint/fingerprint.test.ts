import { testCall } from '@mooring/core/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fingerprintOf, partsOfFingerprint } from '../../src/fingerprint/fingerprint.ts'
import type { FieldsV1, KubernetesObject } from '../../src/objects/object.ts'
import { liveDeployment, manager } from './live-deployment.ts'

const { digest } = testCall()
const look = (object: KubernetesObject) => fingerprintOf(object, manager, digest)

/** A live object of ours whose `spec` has these fields, of which we own these. */
const owning = (spec: unknown, fields: unknown): KubernetesObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: {
    name: 'one',
    resourceVersion: '1',
    managedFields: [
      {
        manager,
        operation: 'Apply',
        apiVersion: 'example.com/v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': fields } as FieldsV1,
      },
    ],
  },
  spec,
})

test('a fingerprint holds algorithm, fields, values and version, and the memo the resourceVersion', () => {
  const { fingerprint, memo } = look(liveDeployment())
  expect(fingerprint).toMatch(/^k1\.[\w-]{22}\.[\w-]{22}\.apps\/v1$/)
  expect(memo).toBe('1042')
  expect(partsOfFingerprint(fingerprint ?? '')?.versions).toBe('apps/v1')
})

test('another digest key gives another fingerprint', () => {
  const elsewhere = fingerprintOf(liveDeployment(), manager, testCall({ digestKey: 'elsewhere' }).digest)
  const [here, there] = [look(liveDeployment()), elsewhere].map(({ fingerprint }) =>
    partsOfFingerprint(fingerprint ?? ''),
  )
  expect(there?.fields).not.toBe(here?.fields)
  expect(there?.values).not.toBe(here?.values)
})

test.each([
  ['of another manager', { manager: 'mooring-other' }],
  ['of an update', { operation: 'Update' as const }],
  ['of a subresource', { subresource: 'status' }],
])('an entry %s is not ours', (_, difference) => {
  const object = liveDeployment()
  Object.assign(object.metadata.managedFields[0] as object, difference)
  expect(look(object)).toEqual({ memo: '1042' })
})

test.each<[what: string, fields: unknown, before: unknown, after: unknown]>([
  ['an atomic list in another order', { 'f:list': {} }, { list: [1, 2] }, { list: [2, 1] }],
  ['a value in place of an absent one', { 'f:a': {} }, {}, { a: 'x' }],
  ['an empty text in place of an absent value', { 'f:a': {} }, {}, { a: '' }],
  ['a number in place of its text', { 'f:a': {} }, { a: 1 }, { a: '1' }],
  ['a field inside an atomic map', { 'f:a': {} }, { a: { b: { c: 1 } } }, { a: { b: { c: 2 } } }],
  ['an element that leaves a set', { 'f:set': { 'v:"a"': {} } }, { set: ['b', 'a'] }, { set: ['b'] }],
  ['an element of a set of numbers', { 'f:set': { 'v:7': {} } }, { set: [7] }, { set: ['7'] }],
  ['a value at an index', { 'f:list': { 'i:1': {} } }, { list: [1, 2] }, { list: [1, 3] }],
  ['a container that goes', { 'f:a': { '.': {} } }, { a: {} }, {}],
  [
    'a field with the name of what every object inherits',
    { 'f:__proto__': {} },
    {},
    JSON.parse('{"__proto__":{}}'),
  ],
  ['an item that goes', { 'f:l': { 'k:{"n":"a"}': { '.': {} } } }, { l: [{ n: 'a' }] }, { l: [] }],
  [
    'the order of two items with one key',
    { 'f:l': { 'k:{"n":"a"}': { 'f:v': {} } } },
    {
      l: [
        { n: 'a', v: 1 },
        { n: 'a', v: 2 },
      ],
    },
    {
      l: [
        { n: 'a', v: 2 },
        { n: 'a', v: 1 },
      ],
    },
  ],
  [
    'an item without the field of its key that has a default',
    { 'f:l': { 'k:{"p":80,"t":"TCP"}': { 'f:v': {} } } },
    { l: [{ p: 80, v: 1 }] },
    { l: [{ p: 80, v: 2 }] },
  ],
])('%s shows in the values and not in the fields', (_, fields, before, after) => {
  const [was, is] = [before, after].map((spec) =>
    partsOfFingerprint(look(owning(spec, fields)).fingerprint ?? ''),
  )
  expect(is?.values).not.toBe(was?.values)
  expect(is?.fields).toBe(was?.fields)
})

test.each<[what: string, fields: unknown, before: unknown, after: unknown]>([
  ['a set in another order', { 'f:s': { 'v:"a"': {}, 'v:"b"': {} } }, { s: ['a', 'b'] }, { s: ['b', 'a'] }],
  [
    'the members of an atomic map in another order',
    { 'f:a': {} },
    { a: { b: 1, c: 2 } },
    { a: { c: 2, b: 1 } },
  ],
  [
    'an item with the same port and another protocol',
    { 'f:l': { 'k:{"p":80,"t":"TCP"}': { 'f:v': {} } } },
    { l: [{ p: 80, t: 'TCP', v: 1 }] },
    {
      l: [
        { p: 80, t: 'UDP', v: 3 },
        { p: 80, t: 'TCP', v: 1 },
      ],
    },
  ],
  [
    'an item without any field of its key',
    { 'f:l': { 'k:{"p":80}': { 'f:v': {} } } },
    { l: [{ v: 2 }, { p: 80, v: 1 }] },
    { l: [{ v: 3 }, { p: 80, v: 1 }] },
  ],
  ['what is in a container that we only put there', { 'f:a': { '.': {} } }, { a: {} }, { a: { theirs: 1 } }],
])('%s shows nowhere', (_, fields, before, after) => {
  expect(look(owning(after, fields))).toEqual(look(owning(before, fields)))
})

const name = fc.constantFrom('a', 'b', 'c', 'toString', '__proto__', 'mooring.dev/owner')
const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean())

/** A value and a set that owns some of it, in each of the ways of the API server. */
const { owned } = fc.letrec<{ owned: [value: unknown, fields: unknown] }>((tie) => ({
  owned: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.jsonValue({ maxDepth: 2 }).map((value): [unknown, unknown] => [value, {}]),
    fc
      .dictionary(name, tie('owned'), { minKeys: 1, maxKeys: 3 })
      .map((fields): [unknown, unknown] => [
        Object.fromEntries(Object.entries(fields).map(([field, [value]]) => [field, value])),
        Object.fromEntries(Object.entries(fields).map(([field, [, set]]) => [`f:${field}`, set])),
      ]),
    fc
      .dictionary(name, tie('owned'), { minKeys: 1, maxKeys: 3 })
      .map((items): [unknown, unknown] => [
        Object.entries(items).map(([id, [value]]) => ({ id, value })),
        Object.fromEntries(
          Object.entries(items).map(([id, [, set]]) => [
            `k:${JSON.stringify({ id })}`,
            { '.': {}, 'f:id': {}, 'f:value': set },
          ]),
        ),
      ]),
    fc
      .uniqueArray(scalar, { minLength: 1, maxLength: 3 })
      .map((elements): [unknown, unknown] => [
        elements,
        Object.fromEntries(elements.map((element) => [`v:${JSON.stringify(element)}`, {}])),
      ]),
  ),
}))

/** The same value with members, keyed items and elements of sets in the opposite order; what is atomic as it is. */
function shuffled(value: unknown, fields: unknown): unknown {
  const members = Object.keys(fields as object)
  if (members.length === 0) return value
  const below = (member: string): unknown => (fields as Record<string, unknown>)[member]
  if (Array.isArray(value)) {
    const items = value.map((item) =>
      members[0]?.startsWith('v:')
        ? item
        : shuffled(item, below(`k:${JSON.stringify({ id: (item as { id: string }).id })}`)),
    )
    return items.reverse()
  }
  const entries = Object.entries(value as object).map(([field, one]) => [
    field,
    below(`f:${field}`) === undefined ? one : shuffled(one, below(`f:${field}`)),
  ])
  return Object.fromEntries(entries.reverse())
}

/** The same value with more in it, everywhere where another manager may add something. */
function withMore(value: unknown, fields: unknown): unknown {
  const members = Object.keys(fields as object)
  if (members.length === 0) return value
  const below = (member: string): unknown => (fields as Record<string, unknown>)[member]
  if (Array.isArray(value)) {
    if (members[0]?.startsWith('v:')) return ['an element of theirs, of which nobody thought', ...value]
    const items = value.map((item) =>
      withMore(item, below(`k:${JSON.stringify({ id: (item as { id: string }).id })}`)),
    )
    return [{ id: 'theirs', value: 1 }, ...items]
  }
  const entries = Object.entries(value as object).map(([field, one]) => [
    field,
    below(`f:${field}`) === undefined ? one : withMore(one, below(`f:${field}`)),
  ])
  return Object.fromEntries([['theirs', { more: 1 }], ...entries])
}

/** Every place of a value that the set owns with all that is in it. */
function leavesOf(
  value: unknown,
  fields: unknown,
  path: readonly (string | number)[] = [],
): (readonly (string | number)[])[] {
  const members = Object.entries(fields as object).filter(([member]) => member !== '.')
  if (members.length === 0) return [path]
  return members.flatMap(([member, set]) => {
    const rest = member.slice(2)
    if (member.startsWith('f:'))
      return leavesOf((value as Record<string, unknown>)[rest], set, [...path, rest])
    const list = value as unknown[]
    const at = member.startsWith('v:')
      ? list.findIndex((item) => JSON.stringify(item) === rest)
      : list.findIndex((item) => (item as { id: string }).id === JSON.parse(rest).id)
    return member.startsWith('v:') ? [[...path, at]] : leavesOf(list[at], set, [...path, at])
  })
}

function changedAt(value: unknown, [step, ...rest]: readonly (string | number)[]): unknown {
  if (step === undefined) return { another: 'value, which nobody had before' }
  if (Array.isArray(value)) return value.map((item, at) => (at === step ? changedAt(item, rest) : item))
  return Object.fromEntries(
    Object.entries(value as object).map(([field, one]) => [
      field,
      field === step ? changedAt(one, rest) : one,
    ]),
  )
}

test('the order of members, keyed items and elements of sets does not count', () => {
  fc.assert(
    fc.property(owned, ([value, fields]) => {
      expect(look(owning(shuffled(value, fields), fields))).toEqual(look(owning(value, fields)))
    }),
  )
})

test('fields that we do not own do not count', () => {
  fc.assert(
    fc.property(owned, ([value, fields]) => {
      expect(look(owning(withMore(value, fields), fields))).toEqual(look(owning(value, fields)))
    }),
  )
})

test('every change of an owned value shows', () => {
  fc.assert(
    fc.property(owned, fc.nat(), ([value, fields], pick) => {
      const leaves = leavesOf(value, fields)
      const changed = changedAt(value, leaves[pick % leaves.length] ?? [])
      expect(look(owning(changed, fields)).fingerprint).not.toBe(look(owning(value, fields)).fingerprint)
    }),
  )
})

const member = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '.',
    'f:',
    'f:spec',
    'f:__proto__',
    'k:',
    'k:{',
    'k:{}',
    'k:[1]',
    'k:null',
    'k:{"a":{}}',
    'v:',
    'v:{',
    'v:null',
    'i:',
    'i:-1',
    'i:x',
  ),
)
const weird = fc.letrec((tie) => ({
  fields: fc.oneof(
    { depthSize: 'medium' },
    fc.jsonValue(),
    fc.dictionary(member, tie('fields'), { maxKeys: 4 }),
  ),
})).fields

test('nothing that strangers write into managedFields or into the object makes it throw', () => {
  fc.assert(
    fc.property(fc.jsonValue(), weird, fc.jsonValue(), (spec, fields, more) => {
      const ours = { manager, operation: 'Apply', apiVersion: more, fieldsV1: fields }
      const metadata = { name: 'one', managedFields: [more, null, ours] }
      const object = { apiVersion: 'v1', kind: 'Widget', metadata, spec } as unknown as KubernetesObject
      expect(typeof look(object)).toBe('object')
      look({ ...object, metadata: { name: 'one', managedFields: more as never } })
      look(owning(spec, fields))
    }),
  )
})

test('an endlessly nested set or value is no reason to throw', () => {
  let fields: FieldsV1 = {}
  let value: unknown = 1
  for (let depth = 0; depth < 100_000; depth++) {
    fields = { 'f:spec': fields }
    value = { spec: value }
  }
  expect(look(owning(value, fields)).fingerprint).toBeDefined()
})
