import { expect, test } from 'vitest'
import { describePath } from '../../src/fingerprint/field-path.ts'
import { lostFields } from '../../src/fingerprint/lost-fields.ts'
import { describeOwnedField, ownersOf } from '../../src/fingerprint/owners-of.ts'
import { sharedWith } from '../../src/fingerprint/shared-with.ts'
import type { FieldsV1 } from '../../src/objects/object.ts'
import { liveDeployment, type Mutable, manager } from './live-deployment.ts'

const before = liveDeployment().metadata.managedFields[0]?.fieldsV1

const told = (object: Mutable): readonly string[] =>
  lostFields(before, object, manager).map(describeOwnedField)

// biome-ignore lint/suspicious/noExplicitAny: a set of fields of any shape
const ourFields = (object: Mutable): any => object.metadata.managedFields[0]?.fieldsV1

const addEntry = (object: Mutable, name: string, fieldsV1: FieldsV1, more: object = {}): void => {
  object.metadata.managedFields.push({
    manager: name,
    operation: 'Update',
    apiVersion: 'apps/v1',
    fieldsV1,
    ...more,
  })
}

test('nothing is lost while our entry is as it was', () => {
  expect(told(liveDeployment())).toEqual([])
  expect(lostFields(undefined, liveDeployment(), manager)).toEqual([])
})

test('a scaled Deployment has lost its replicas to whoever scaled it', () => {
  const object = liveDeployment()
  delete ourFields(object)['f:spec']['f:replicas']
  addEntry(object, 'kubectl-scale', { 'f:spec': { 'f:replicas': {} } }, { subresource: 'scale' })
  expect(told(object)).toEqual(['spec.replicas is owned by kubectl-scale (Update scale)'])
})

test('a field of an item is told with the key of the item', () => {
  const object = liveDeployment()
  delete ourFields(object)['f:spec']['f:template']['f:spec']['f:containers']['k:{"name":"web"}']['f:image']
  addEntry(object, 'kubectl-edit', {
    'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"web"}': { 'f:image': {} } } } } },
  })
  expect(told(object)).toEqual([
    'spec.template.spec.containers[name="web"].image is owned by kubectl-edit (Update)',
  ])
})

test('an item that is gone is one lost field', () => {
  const object = liveDeployment()
  delete ourFields(object)['f:spec']['f:template']['f:spec']['f:volumes']
  expect(told(object)).toEqual([
    'spec.template.spec.volumes[name="config"] is owned by nobody: it was removed, or set to its default',
  ])
})

test('a list that became atomic is not lost', () => {
  const object = liveDeployment()
  ourFields(object)['f:spec']['f:template']['f:spec']['f:volumes'] = {}
  expect(told(object)).toEqual([])
})

test('without an entry of ours all its fields are lost', () => {
  const object = liveDeployment()
  object.metadata.managedFields.shift()
  const lost = told(object)
  expect(lost[0]).toContain('metadata.annotations["mooring.dev/owner"] is owned by nobody')
  expect(lost).toContain('spec.template.spec.containers[name="web"] is owned by injector (Update)')
})

test('owners of a field are those of the field, of something in it, and of the whole it is a part of', () => {
  const object = liveDeployment()
  addEntry(object, 'whole', { 'f:spec': { 'f:template': {} } })
  addEntry(object, 'part', { 'f:spec': { 'f:selector': { 'f:matchLabels': {} } } })
  addEntry(object, '', { 'f:spec': { 'f:paused': {} } })
  const [template, selector, paused] = ownersOf(object, [
    ['f:spec', 'f:template', 'f:metadata', 'f:labels'],
    ['f:spec', 'f:selector'],
    ['f:spec', 'f:paused'],
  ]).map(({ owners }) => owners.map((owner) => owner.manager))
  expect(template).toEqual([manager, 'whole'])
  expect(selector).toEqual([manager, 'part'])
  expect(paused).toEqual(['an unnamed manager'])
})

test.each<[path: readonly string[], text: string]>([
  [['f:metadata', 'f:finalizers', 'v:"example.com/keep"'], 'metadata.finalizers["example.com/keep"]'],
  [['f:spec', 'f:tokens', 'v:"s3cr3t"'], 'spec.tokens[…]'],
  [
    ['f:spec', 'f:ports', 'k:{"containerPort":80,"protocol":"TCP"}'],
    'spec.ports[containerPort=80,protocol="TCP"]',
  ],
  [['f:spec', 'f:list', 'i:3'], 'spec.list[3]'],
  [['f:data', 'f:app.yaml'], 'data["app.yaml"]'],
  [['f:spec', 'k:{'], 'spec[{]'],
])('%j reads %s', (path, text) => {
  expect(describePath(path)).toBe(text)
})

test('whoever owns a field of ours shares it, and others do not', () => {
  const object = liveDeployment()
  // The injector owns what it added inside of an item of ours, and the controller owns the status.
  expect(sharedWith(object, manager)).toEqual([])
  addEntry(object, 'flux', { 'f:spec': { 'f:replicas': {} } }, { operation: 'Apply' })
  expect(sharedWith(object, manager)).toEqual([{ manager: 'flux', operation: 'Apply' }])
  expect(sharedWith(object, 'mooring-other')).toEqual([])
})

test('whoever owns a whole shares its parts', () => {
  const object = liveDeployment()
  addEntry(object, 'whole', { 'f:spec': { 'f:template': {} } })
  expect(sharedWith(object, manager)).toEqual([{ manager: 'whole', operation: 'Update' }])
})

test('writers of the status share nothing with anybody', () => {
  const object = liveDeployment()
  Object.assign(ourFields(object), { 'f:status': { 'f:readyReplicas': {} } })
  expect(sharedWith(object, manager)).toEqual([])
})
