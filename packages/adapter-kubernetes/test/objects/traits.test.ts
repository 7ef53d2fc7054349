import type { Traits } from '@mooring/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../../src/objects/object.ts'
import { desiredTraitsOf, liveTraitsOf } from '../../src/objects/traits.ts'

const annotated = (annotations: Readonly<Record<string, unknown>>): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'shop', annotations: annotations as Record<string, string> },
})

describe('traits', () => {
  test.each<readonly [string, string, Traits]>([
    ['mooring.dev/prune', 'disabled', { prune: 'never' }],
    ['mooring.dev/reconcile', 'disabled', { reconcile: 'never' }],
    ['mooring.dev/replace', 'allowed', { replace: 'allowed' }],
    ['mooring.dev/adopt', 'allowed', { adopt: 'allowed' }],
    ['mooring.dev/wave', '5', { wave: 5 }],
    ['mooring.dev/wave', '-3', { wave: -3 }],
    [
      'mooring.dev/depends-on',
      '/namespaces/shop/Secret/a, rbac.authorization.k8s.io/ClusterRole/system:b',
      { dependsOn: ['/Secret/shop/a', 'rbac.authorization.k8s.io/ClusterRole//system:b'] },
    ],
    ['argocd.argoproj.io/sync-wave', '+2', { wave: 2 }],
    ['argocd.argoproj.io/sync-options', 'ServerSideApply=true, Prune=false', { prune: 'never' }],
    ['argocd.argoproj.io/sync-options', 'Prune=confirm', { prune: 'never' }],
    ['argocd.argoproj.io/sync-options', 'Force=true,Replace=true', { replace: 'allowed' }],
    ['argocd.argoproj.io/sync-options', 'Replace=true,Prune=true', {}],
    ['kustomize.toolkit.fluxcd.io/prune', 'disabled', { prune: 'never' }],
    ['kustomize.toolkit.fluxcd.io/prune', 'Disabled', { prune: 'never' }],
    ['kustomize.toolkit.fluxcd.io/reconcile', 'disabled', { reconcile: 'never' }],
    ['kustomize.toolkit.fluxcd.io/ssa', 'Ignore', { reconcile: 'never' }],
    ['kustomize.toolkit.fluxcd.io/ssa', 'IfNotPresent', { reconcile: 'never' }],
    ['kustomize.toolkit.fluxcd.io/ssa', 'Merge', {}],
    ['kustomize.toolkit.fluxcd.io/force', 'enabled', { replace: 'allowed' }],
    ['helm.sh/resource-policy', 'keep', { prune: 'never' }],
    ['client.lifecycle.config.k8s.io/deletion', 'detach', { prune: 'never' }],
    ['cli-utils.sigs.k8s.io/on-remove', 'keep', { prune: 'never' }],
    [
      'config.kubernetes.io/depends-on',
      'apps/namespaces/shop/Deployment/db',
      { dependsOn: ['apps/Deployment/shop/db'] },
    ],
    ['example.com/prune', 'disabled', {}],
  ])('of an object with %s: %s', (name, value, expected) => {
    expect(desiredTraitsOf(annotated({ [name]: value }))).toEqual(expected)
  })

  test('read the labels of Flux like its annotations', () => {
    const labels = { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' }
    const object = { ...annotated({}), metadata: { name: 'settings', labels } }
    expect(desiredTraitsOf(object)).toEqual({ prune: 'never' })
  })

  test('take the wave of Mooring where Argo CD names another', () => {
    const both = annotated({ 'mooring.dev/wave': '1', 'argocd.argoproj.io/sync-wave': '2' })
    expect(desiredTraitsOf(both)).toEqual({ wave: 1 })
  })

  test('take dependencies from both annotations, once each', () => {
    const both = annotated({
      'mooring.dev/depends-on': '/namespaces/shop/Secret/a,/namespaces/shop/Secret/b',
      'config.kubernetes.io/depends-on': '/namespaces/shop/Secret/b',
    })
    expect(desiredTraitsOf(both)).toEqual({ dependsOn: ['/Secret/shop/a', '/Secret/shop/b'] })
  })

  test('name dependencies as the caller resolves them', () => {
    const object = annotated({ 'mooring.dev/depends-on': '/Secret/a' })
    const { dependsOn } = desiredTraitsOf(object, ({ kind, name }) => `/${kind}/shop/${name}`)
    expect(dependsOn).toEqual(['/Secret/shop/a'])
  })

  test.each<readonly [string, string, RegExp]>([
    ['mooring.dev/prune', 'false', /mooring\.dev\/prune: expected disabled, found "false"/],
    ['mooring.dev/wave', 'abc', /mooring\.dev\/wave: expected a whole number in quotes, found "abc"/],
    ['argocd.argoproj.io/sync-wave', '1.5', /sync-wave: expected a whole number/],
    ['mooring.dev/depends-on', 'db', /depends-on: expected group\/namespaces.* found "db"/],
    ['mooring.dev/depends-on', 'apps/v1/Deployment/db', /found "apps\/v1\/Deployment\/db"/],
    ['mooring.dev/depends-on', '', /found ""/],
    ['config.kubernetes.io/depends-on', '/namespaces/shop/Secret/a,', /found ""/],
    ['mooring.dev/prun', 'disabled', /mooring\.dev\/prun: expected one of .*mooring\.dev\/prune/],
    ['Mooring.dev/prune', 'disabled', /Mooring\.dev\/prune: expected one of .*mooring\.dev\/prune/],
  ])('that are wrong in a desired object are an error: %s: %s', (name, value, message) => {
    expect(() => desiredTraitsOf(annotated({ [name]: value }))).toThrow(message)
  })

  test('are read off annotations: a label that looks like one is an error, and the label of the owner none', () => {
    const labelled = (name: string): KubernetesObject => {
      const object = annotated({})
      return { ...object, metadata: { ...object.metadata, labels: { [name]: 'disabled' } } }
    }
    expect(() => desiredTraitsOf(labelled('mooring.dev/prune'))).toThrow(
      'label mooring.dev/prune: expected no label there',
    )
    expect(desiredTraitsOf(labelled('mooring.dev/installation'))).toEqual({})
  })

  test('report everything that is wrong at once', () => {
    const object = annotated({ 'mooring.dev/prune': 'no', 'mooring.dev/wave': 'late' })
    expect(() => desiredTraitsOf(object)).toThrow(/prune.*wave/)
  })

  test('of a live object leave out its place in the order and what is wrong', () => {
    const object = annotated({
      'mooring.dev/prune': 'disabled',
      'mooring.dev/reconcile': 'maybe',
      'mooring.dev/wave': '3',
      'mooring.dev/depends-on': 'garbage',
      'mooring.dev/unheard-of': 'x',
    })
    expect(liveTraitsOf(object)).toEqual({ prune: 'never' })
  })

  test('of a live object leave out what is no text', () => {
    const object = annotated({ 'helm.sh/resource-policy': 7, 'mooring.dev/prune': { disabled: true } })
    expect(liveTraitsOf(object)).toBeUndefined()
  })

  test('of a live object that asks for nothing are undefined', () => {
    expect(liveTraitsOf(annotated({}))).toBeUndefined()
  })

  test('of a live object never throw, whatever stands in its metadata', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (annotations, labels) => {
        const metadata = { name: 'a', annotations, labels } as unknown as KubernetesObject['metadata']
        expect(() => liveTraitsOf({ apiVersion: 'v1', kind: 'Thing', metadata })).not.toThrow()
      }),
    )
  })
})

describe('cascades', () => {
  const object = (apiVersion: string, kind: string, spec?: unknown): KubernetesObject => ({
    apiVersion,
    kind,
    metadata: { name: 'a' },
    spec,
  })

  test.each([
    object('v1', 'Namespace'),
    object('v1', 'PersistentVolume'),
    object('v1', 'PersistentVolumeClaim'),
    object('apiextensions.k8s.io/v1', 'CustomResourceDefinition'),
    object('snapshot.storage.k8s.io/v1', 'VolumeSnapshot'),
    object('apps/v1', 'StatefulSet', { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } }),
  ])('is true for $kind of $apiVersion', (found) => {
    expect(desiredTraitsOf(found).cascades).toBe(true)
    expect(liveTraitsOf(found)?.cascades).toBe(true)
  })

  test.each([
    object('apps/v1', 'Deployment'),
    object('apps/v1', 'StatefulSet'),
    object('apps/v1', 'StatefulSet', { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain' } }),
    object('apiregistration.k8s.io/v1', 'APIService'),
    object('example.com/v1', 'Namespace'),
  ])('is absent for $kind of $apiVersion', (found) => {
    expect(desiredTraitsOf(found)).toEqual({})
  })
})
