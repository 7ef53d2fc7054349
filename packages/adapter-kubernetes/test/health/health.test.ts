import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { healthOf } from '../../src/health/health.ts'
import type { KubernetesObject } from '../../src/objects/object.ts'
import { claims, condition, live } from './scene.ts'

const thing = (rest: object): KubernetesObject => live('example.com/v1', 'Thing', { ...rest })

describe('health of anything', () => {
  claims([
    ['without a status is healthy', live('v1', 'ConfigMap', { data: {} }), 'healthy'],
    ['of a stranger without a status is healthy', thing({ spec: {} }), 'healthy'],
    [
      'being deleted is progressing and names its finalizers',
      thing({
        metadata: {
          deletionTimestamp: '2026-01-01T00:00:00Z',
          finalizers: ['example.com/a', 'example.com/b'],
        },
        status: { conditions: [condition('Ready', 'True')] },
      }),
      'progressing',
      /^terminating, finalizers: example\.com\/a, example\.com\/b$/,
    ],
    [
      'not yet observed by its controller is progressing',
      thing({ status: { observedGeneration: 1, conditions: [condition('Ready', 'True')] } }),
      'progressing',
      /generation 1 and not yet 2/,
    ],
    [
      'with a Ready condition of an older generation is progressing',
      thing({ status: { conditions: [{ ...condition('Ready', 'True'), observedGeneration: 1 }] } }),
      'progressing',
      /generation 1/,
    ],
    ['that is Ready is healthy', thing({ status: { conditions: [condition('Ready', 'True')] } }), 'healthy'],
    [
      'that is not Ready is progressing, with the reason',
      thing({ status: { conditions: [condition('Ready', 'False', 'IssuerNotFound', 'no issuer a')] } }),
      'progressing',
      /^IssuerNotFound: no issuer a$/,
    ],
    [
      'with an unknown Ready is progressing',
      thing({ status: { conditions: [condition('Ready', 'Unknown')] } }),
      'progressing',
    ],
    [
      'that is reconciling is progressing',
      thing({
        status: { conditions: [condition('Ready', 'True'), condition('Reconciling', 'True', 'Building')] },
      }),
      'progressing',
      /Building/,
    ],
    [
      'that has stalled is degraded',
      thing({ status: { conditions: [condition('Stalled', 'True', 'BadSpec', 'no such chart')] } }),
      'degraded',
      /BadSpec: no such chart/,
    ],
    ['with a text as status is healthy', thing({ status: 'fine' }), 'healthy'],
    ['with conditions that are no list is healthy', thing({ status: { conditions: 'none' } }), 'healthy'],
  ])

  test('has a message of bounded length', () => {
    const long = thing({ status: { conditions: [condition('Ready', 'False', 'Long', 'x'.repeat(600))] } })
    expect(healthOf(long).message).toHaveLength(500)
  })

  const kinds = [
    [
      'v1',
      'Pod',
      'Service',
      'PersistentVolume',
      'PersistentVolumeClaim',
      'Namespace',
      'ReplicationController',
    ],
    ['apps/v1', 'Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'],
    ['batch/v1', 'Job', 'CronJob'],
    ['autoscaling/v2', 'HorizontalPodAutoscaler'],
    ['networking.k8s.io/v1', 'Ingress'],
    ['policy/v1', 'PodDisruptionBudget'],
    ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
    ['apiregistration.k8s.io/v1', 'APIService'],
    ['example.com/v1', 'Thing'],
  ].flatMap(([apiVersion = '', ...names]) => names.map((kind) => [apiVersion, kind] as const))

  /** Values of any shape, under the very names the rules look at. */
  const any = fc.jsonValue()
  const strange = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.jsonValue({ maxDepth: 1 }),
      tie('members'),
      fc.array(tie('members'), { maxLength: 2 }),
    ),
    members: fc.dictionary(
      fc.constantFrom(
        ...['conditions', 'type', 'status', 'reason', 'message', 'replicas', 'phase', 'state', 'waiting'],
        ...[
          'terminated',
          'running',
          'lastState',
          'containerStatuses',
          'loadBalancer',
          'ingress',
          'finalizers',
        ],
        ...['updateStrategy', 'rollingUpdate', 'observedGeneration', 'generation', 'deletionTimestamp'],
      ),
      tie('value'),
      { maxKeys: 4 },
    ),
  })).members

  test.each(kinds)('of %s %s never throws, whatever its shape', (apiVersion, kind) => {
    fc.assert(
      fc.property(strange, any, strange, (status, spec, metadata) => {
        const object = { apiVersion, kind, metadata, spec, status } as unknown as KubernetesObject
        expect(['healthy', 'progressing', 'degraded', 'paused']).toContain(healthOf(object).state)
      }),
    )
  })

  test('never throws for an object that is none', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        expect(() => healthOf(object as unknown as KubernetesObject)).not.toThrow()
      }),
    )
  })
})

describe('health of a Namespace', () => {
  claims([
    ['that is active is healthy', live('v1', 'Namespace', { status: { phase: 'Active' } }), 'healthy'],
    [
      'on its way out says what is still in it',
      live('v1', 'Namespace', {
        status: {
          phase: 'Terminating',
          conditions: [
            condition('NamespaceDeletionDiscoveryFailure', 'False', 'ResourcesDiscovered', 'All discovered'),
            condition('NamespaceContentRemaining', 'True', 'SomeResourcesRemain', 'pods. has 1 instances'),
          ],
        },
      }),
      'progressing',
      /^terminating; pods\. has 1 instances$/,
    ],
  ])
})

describe('health of claims and volumes', () => {
  const claim = (phase?: string) => live('v1', 'PersistentVolumeClaim', { status: { phase } })
  const volume = (phase: string, message?: string) =>
    live('v1', 'PersistentVolume', { status: { phase, message } })
  claims([
    ['that are bound is healthy', claim('Bound'), 'healthy'],
    ['that are pending is progressing', claim('Pending'), 'progressing', /WaitForFirstConsumer/],
    ['that are new is progressing', claim(), 'progressing'],
    ['that are lost is degraded', claim('Lost'), 'degraded'],
    ['with an available volume is healthy', volume('Available'), 'healthy'],
    ['with a released volume is healthy', volume('Released'), 'healthy'],
    ['with a pending volume is progressing', volume('Pending'), 'progressing'],
    ['with a failed volume is degraded', volume('Failed', 'no reclaim'), 'degraded', /no reclaim/],
  ])
})

describe('health of a Service or Ingress', () => {
  const service = (type: string, ingress?: object) =>
    live('v1', 'Service', { spec: { type, clusterIP: '10.0.0.1' }, status: { loadBalancer: { ingress } } })
  claims([
    ['of type ClusterIP is healthy', service('ClusterIP'), 'healthy'],
    ['of type ExternalName is healthy', service('ExternalName'), 'healthy'],
    [
      'of type LoadBalancer says that it has no address yet',
      service('LoadBalancer'),
      'healthy',
      /no address/,
    ],
    [
      'of type LoadBalancer with an address is healthy',
      service('LoadBalancer', [{ ip: '1.2.3.4' }]),
      'healthy',
    ],
    [
      'without an address is healthy for an Ingress',
      live('networking.k8s.io/v1', 'Ingress', { status: { loadBalancer: {} } }),
      'healthy',
    ],
  ])
})

describe('health of a HorizontalPodAutoscaler', () => {
  const scaler = (...conditions: readonly object[]) =>
    live('autoscaling/v2', 'HorizontalPodAutoscaler', { status: { currentReplicas: 1, conditions } })
  const able = condition('AbleToScale', 'True', 'ReadyForNewScale')
  claims([
    ['that is new is progressing', live('autoscaling/v2', 'HorizontalPodAutoscaler', {}), 'progressing'],
    [
      'that scales is healthy',
      scaler(able, condition('ScalingActive', 'True', 'ValidMetricFound')),
      'healthy',
    ],
    [
      'without metrics is degraded',
      scaler(able, condition('ScalingActive', 'False', 'FailedGetResourceMetric', 'no metrics returned')),
      'degraded',
      /FailedGetResourceMetric: no metrics/,
    ],
    [
      'without a target is degraded',
      scaler(condition('AbleToScale', 'False', 'FailedGetScale', 'deployments.apps "web" not found')),
      'degraded',
      /not found/,
    ],
    [
      'whose target is scaled to zero is paused',
      scaler(able, condition('ScalingActive', 'False', 'ScalingDisabled')),
      'paused',
    ],
    [
      'read as autoscaling/v1 is healthy',
      live('autoscaling/v1', 'HorizontalPodAutoscaler', { status: { currentReplicas: 1 } }),
      'healthy',
    ],
  ])
})

describe('health of definitions and APIServices', () => {
  const definition = (...conditions: readonly object[]) =>
    live('apiextensions.k8s.io/v1', 'CustomResourceDefinition', { status: { conditions } })
  const api = (...conditions: readonly object[]) =>
    live('apiregistration.k8s.io/v1', 'APIService', { status: { conditions } })
  claims([
    ['that are new is progressing', definition(), 'progressing'],
    [
      'being installed is progressing',
      definition(
        condition('NamesAccepted', 'True'),
        condition('Established', 'False', 'Installing', 'the initial names have been accepted'),
      ),
      'progressing',
    ],
    [
      'that are established is healthy',
      definition(
        condition('NamesAccepted', 'True'),
        condition('Established', 'True', 'InitialNamesAccepted'),
      ),
      'healthy',
    ],
    [
      'whose names are taken is degraded',
      definition(condition('NamesAccepted', 'False', 'PluralConflict', '"things" is already in use')),
      'degraded',
      /PluralConflict/,
    ],
    [
      'that are refused is degraded',
      definition(condition('NamesAccepted', 'True'), condition('Established', 'False', 'NotAccepted')),
      'degraded',
    ],
    ['of an APIService that is new is progressing', api(), 'progressing'],
    [
      'of an APIService without endpoints is progressing',
      api(condition('Available', 'False', 'MissingEndpoints', 'endpoints for service/x have no addresses')),
      'progressing',
      /MissingEndpoints/,
    ],
    ['of an APIService that answers is healthy', api(condition('Available', 'True', 'Passed')), 'healthy'],
  ])
})

describe('health of a PodDisruptionBudget', () => {
  claims([
    [
      'that allows no disruption is healthy',
      live('policy/v1', 'PodDisruptionBudget', {
        status: {
          observedGeneration: 2,
          conditions: [condition('DisruptionAllowed', 'False', 'InsufficientPods')],
        },
      }),
      'healthy',
    ],
    [
      'that is not observed yet is progressing',
      live('policy/v1', 'PodDisruptionBudget', { status: { observedGeneration: 1 } }),
      'progressing',
    ],
  ])
})
