import type { Owner } from '@mooring/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyOf } from '../../src/objects/key.ts'
import type { KubernetesObject } from '../../src/objects/object.ts'
import { installationLabel, markOf, ownerIn } from '../../src/objects/owner-mark.ts'

const owner: Owner = { installation: 'a1b2', application: 'shop' }

const deployment: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
}

const marked = (object: KubernetesObject, by: Owner = owner): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, ...markOf(by, keyOf(object)) },
})

const withMark = (mark: unknown): KubernetesObject => ({
  ...deployment,
  metadata: { ...deployment.metadata, annotations: { 'mooring.dev/owner': mark as string } },
})

describe('an owner mark', () => {
  test('is a label for watches and an annotation that names owner and object', () => {
    expect(markOf(owner, keyOf(deployment))).toEqual({
      labels: { 'mooring.dev/installation': 'a1b2' },
      annotations: { 'mooring.dev/owner': 'a1b2/shop/apps/Deployment/shop/web' },
    })
  })

  test('is read back from the object that it names', () => {
    expect(ownerIn(marked(deployment))).toEqual(owner)
  })

  test.each<readonly [string, KubernetesObject]>([
    ['in the core group', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', namespace: 'shop' } }],
    [
      'without a namespace',
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'system:a' } },
    ],
    ['without group and namespace', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }],
  ])('is read back from an object %s', (_, object) => {
    expect(ownerIn(marked(object))).toEqual(owner)
  })

  test('holds in every version of a kind', () => {
    expect(ownerIn({ ...marked(deployment), apiVersion: 'apps/v2' })).toEqual(owner)
  })

  test.each<readonly [string, (copy: KubernetesObject) => KubernetesObject]>([
    ['kind', (copy) => ({ ...copy, kind: 'ReplicaSet' })],
    ['name', (copy) => ({ ...copy, metadata: { ...copy.metadata, name: 'web-7d9f' } })],
    ['namespace', (copy) => ({ ...copy, metadata: { ...copy.metadata, namespace: 'other' } })],
    ['group', (copy) => ({ ...copy, apiVersion: 'extensions/v1' })],
  ])('copied to an object of another %s is no mark', (_, change) => {
    expect(ownerIn(change(marked(deployment)))).toBeUndefined()
  })

  test.each([
    '',
    'a1b2',
    'a1b2/shop',
    'a1b2/shop/web',
    'a1b2//apps/Deployment/shop/web',
    '/shop/apps/Deployment/shop/web',
    'a1b2/shop/apps/Deployment/shop/web/',
    'a1b2/shop/apps/Deployment/shop/web\n',
    'a%zz/shop/apps/Deployment/shop/web',
    7,
    null,
  ])('that is damaged is no mark: %j', (mark) => {
    expect(ownerIn(withMark(mark))).toBeUndefined()
  })

  test('is missing on an object without annotations', () => {
    expect(ownerIn(deployment)).toBeUndefined()
  })

  test('is read back whatever text the installation id is', () => {
    const text = fc.string({ minLength: 1, unit: fc.constantFrom('/', '%', '2', '5', 'F', 'é', '\n') })
    fc.assert(
      fc.property(text, text, (installation, application) => {
        const by = { installation, application }
        expect(ownerIn(marked(deployment, by))).toEqual(by)
      }),
    )
  })
})

describe('the label of an installation', () => {
  test.each(['a', '0b8f6d0e-6a3f-4a51-9d55-3f1d7c1f2a11', 'prod_eu.1', 'x'.repeat(63)])(
    'is the id where it is legal: %s',
    (id) => {
      expect(installationLabel(id)).toBe(id)
    },
  )

  test('is a legal label value, shared by no two ids', () => {
    const legal = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/
    const id = fc.oneof(fc.string({ maxLength: 80 }), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(id, id, (one, other) => {
        const label = installationLabel(one)
        expect(label).toMatch(legal)
        expect(installationLabel(label) === label).toBe(label === one)
        if (one !== other) expect(installationLabel(other)).not.toBe(label)
      }),
    )
  })
})
