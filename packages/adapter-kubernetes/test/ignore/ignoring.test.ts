import { describe, expect, test } from 'vitest'
import { fieldSetOf } from '../../src/fingerprint/field-set.ts'
import { type IgnoreRule, ignoring } from '../../src/ignore/ignore-rules.ts'
import { faultIn, ignoredIn } from '../../src/ignore/ignored.ts'
import { leaveAlone } from '../../src/ignore/leave-alone.ts'
import { removed, withoutIgnored } from '../../src/ignore/without-ignored.ts'
import type { FieldsV1, KubernetesObject } from '../../src/objects/object.ts'

const manager = 'mooring-here'
const deployment = (name = 'web', annotations?: Record<string, string>): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'shop', ...(annotations && { annotations }) },
})
const saysOf = (rule: IgnoreRule, object = deployment()): unknown =>
  ignoring([rule])(object).metadata.annotations?.['mooring.dev/ignore']
const replicas = { pointers: ['/spec/replicas'] }

describe('a rule', () => {
  test.each<readonly [of: string, IgnoreRule, matches: boolean]>([
    ['for everything', replicas, true],
    ['for a kind', { ...replicas, kinds: ['Deployment'] }, true],
    ['for a kind with its group', { ...replicas, kinds: ['apps/*'] }, true],
    ['for another kind', { ...replicas, kinds: ['StatefulSet', 'Deploy'] }, false],
    ['for a name', { ...replicas, names: ['w*'] }, true],
    ['for a name in a namespace', { ...replicas, names: ['shop/*'] }, true],
    ['for another name', { ...replicas, names: ['prod/*', 'we'] }, false],
  ])('%s stands on what it matches', (_, rule, matches) => {
    expect(saysOf(rule)).toBe(matches ? '/spec/replicas' : undefined)
  })

  test('adds to what the manifest says itself', () => {
    const object = deployment('web', { 'mooring.dev/ignore': '/spec/paused' })
    expect(saysOf({ ...replicas, managers: ['keda'] }, object)).toBe(
      '/spec/paused, /spec/replicas, manager:keda',
    )
    expect(ignoredIn(ignoring([replicas])(object))?.pointers).toEqual([
      ['spec', 'paused'],
      ['spec', 'replicas'],
    ])
  })

  test.each<readonly [what: string, unknown, says: string]>([
    ['nothing to ignore', { kinds: ['Pod'] }, 'neither'],
    ['a pointer that is none', { pointers: ['spec.replicas'] }, 'JSON pointer'],
    ['the name', { pointers: ['/metadata/name'] }, 'which object'],
    ['all annotations', { pointers: ['/metadata/annotations'] }, 'which object'],
    ['our mark', { pointers: ['/metadata/annotations/mooring.dev~1owner'] }, 'which object'],
    ['a misspelt field', { pointer: ['/spec'] }, 'no field pointer'],
    ['a text in place of a list', { pointers: '/spec' }, 'no list'],
  ])('with %s is refused', (_, rule, says) => {
    expect(() => ignoring([rule as IgnoreRule])).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(says) }),
    )
  })

  test.each([
    '/apiVersion',
    '/kind',
    '/status/ready',
    '/metadata',
    '/metadata/annotations',
    '/metadata/annotations/mooring.dev~1owner',
  ])('may not hide which object it is, or whose: %s', (pointer) => {
    expect(faultIn(pointer)).toContain('cannot be left alone')
  })

  test('may name one annotation', () => {
    expect(faultIn('/metadata/annotations/example.com~1hash')).toBeUndefined()
  })
})

/** A live object of which we own these fields, and others those. */
const live = (
  spec: unknown,
  ours: FieldsV1,
  ...others: readonly { manager: string; operation: 'Apply' | 'Update'; fields: FieldsV1 }[]
): KubernetesObject => ({
  ...deployment(),
  metadata: {
    name: 'web',
    managedFields: [
      { manager, operation: 'Apply', apiVersion: 'apps/v1', fieldsV1: { 'f:spec': ours } },
      ...others.map(({ fields, ...rest }) => ({
        ...rest,
        apiVersion: 'apps/v1',
        fieldsV1: { 'f:spec': fields },
      })),
    ],
  },
  spec,
})
const wanted = (spec: unknown, ignore: string): KubernetesObject => ({
  ...deployment('web', { 'mooring.dev/ignore': ignore }),
  spec,
})
const specOf = (object: KubernetesObject, of: KubernetesObject, healing = false): unknown =>
  leaveAlone(object, of, manager, { healing }).spec

describe('an ignored field', () => {
  test('that we own is applied as it is live', () => {
    const found = live({ replicas: 5, paused: false }, { 'f:replicas': {}, 'f:paused': {} })
    expect(specOf(wanted({ replicas: 1, paused: true }, '/spec/replicas'), found)).toEqual({
      replicas: 5,
      paused: true,
    })
  })

  test('that we own is applied as it is live also where it left the manifest', () => {
    const found = live({ replicas: 5 }, { 'f:replicas': {} })
    expect(specOf(wanted({ paused: true }, '/spec/replicas'), found)).toEqual({ paused: true, replicas: 5 })
  })

  test('that somebody took is left out', () => {
    const found = live({ replicas: 5 }, { 'f:paused': {} })
    expect(specOf(wanted({ replicas: 1, paused: true }, '/spec/replicas'), found)).toEqual({ paused: true })
  })

  test('with parts is applied with those that are ours', () => {
    const found = live({ labels: { a: 'x', b: 'y' } }, { 'f:labels': { 'f:a': {} } })
    expect(specOf(wanted({ labels: { a: '1', c: '3' } }, '/spec/labels'), found)).toEqual({
      labels: { a: 'x' },
    })
  })

  test('of every item of a keyed list is found by the key', () => {
    const containers = [
      { name: 'side', image: 'side:9' },
      { name: 'web', image: 'web:9' },
    ]
    const item = { '.': {}, 'f:name': {}, 'f:image': {} }
    const found = live(
      { containers },
      { 'f:containers': { 'k:{"name":"web"}': item, 'k:{"name":"side"}': { '.': {}, 'f:name': {} } } },
    )
    const manifest = wanted(
      {
        containers: [
          { name: 'web', image: 'web:1' },
          { name: 'side', image: 'side:1' },
          { name: 'new', image: 'new:1' },
        ],
      },
      '/spec/containers/*/image',
    )
    expect(specOf(manifest, found)).toEqual({
      containers: [{ name: 'web', image: 'web:9' }, { name: 'side' }, { name: 'new', image: 'new:1' }],
    })
  })

  test('within a list that is owned as one is taken from what is live', () => {
    const found = live({ rules: [{ host: 'live', path: '/' }] }, { 'f:rules': {} })
    const manifest = wanted({ rules: [{ host: 'git', path: '/new' }] }, '/spec/rules/0/host')
    expect(specOf(manifest, found)).toEqual({ rules: [{ host: 'live', path: '/new' }] })
  })
})

describe('what somebody else owns', () => {
  const git = { replicas: 1, paused: true }
  const theirs = { 'f:replicas': {} }

  test('is left to the managers of a rule, however they write', () => {
    const found = live(
      { replicas: 5 },
      { 'f:paused': {} },
      { manager: 'hpa', operation: 'Update', fields: theirs },
    )
    expect(specOf(wanted(git, 'manager:hpa'), found)).toEqual({ paused: true })
    expect(specOf(wanted(git, 'manager:other'), found)).toEqual(git)
  })

  test('is left to another applier when drift is healed, and taken when Git changes', () => {
    const found = live(
      { replicas: 5 },
      { 'f:paused': {} },
      { manager: 'keda', operation: 'Apply', fields: theirs },
    )
    const manifest = { ...deployment(), spec: git }
    expect(specOf(manifest, found, true)).toEqual({ paused: true })
    expect(specOf(manifest, found, false)).toEqual(git)
  })

  test('is not left to a person with kubectl', () => {
    const found = live({}, { 'f:paused': {} }, { manager: 'kubectl', operation: 'Apply', fields: theirs })
    expect(specOf({ ...deployment(), spec: git }, found, true)).toEqual(git)
  })

  test('and we own too stays ours', () => {
    const found = live({ replicas: 1 }, theirs, { manager: 'keda', operation: 'Apply', fields: theirs })
    expect(specOf({ ...deployment(), spec: git }, found, true)).toEqual(git)
  })

  test('in an item of a list leaves the item its key', () => {
    const item = { '.': {}, 'f:name': {}, 'f:image': {} }
    const found = live(
      { containers: [{ name: 'web', image: 'web:9' }] },
      { 'f:paused': {} },
      { manager: 'keda', operation: 'Apply', fields: { 'f:containers': { 'k:{"name":"web"}': item } } },
    )
    const manifest = { ...deployment(), spec: { containers: [{ name: 'web', image: 'web:1', tty: true }] } }
    expect(specOf(manifest, found, true)).toEqual({ containers: [{ name: 'web', tty: true }] })
  })
})

test('an annotation hides nothing that somebody else put on the live object', () => {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', annotations: { 'mooring.dev/ignore': '/data/a' } },
    data: { a: 'edited' },
  }
  const data = { 'f:data': { 'f:a': {} } }
  const hidden = { ...data, 'f:metadata': { 'f:annotations': { 'f:mooring.dev/ignore': {} } } }
  const counted = (fields: FieldsV1): unknown => withoutIgnored(object, fieldSetOf(fields), 'ours').object
  expect(counted(data)).toEqual(object)
  expect(counted(hidden)).not.toHaveProperty('data.a')
})

test('nothing of an object is changed by taking a pointer out of it', () => {
  const object = Object.freeze({ a: Object.freeze([Object.freeze({ b: 1, c: 2 })]) })
  expect(removed(object, ['a', '*', 'b'])).toEqual({ a: [{ c: 2 }] })
  expect(removed(object, ['a', '7', 'b'])).toEqual(object)
  expect(removed(object, ['x', 'y'])).toEqual(object)
})
