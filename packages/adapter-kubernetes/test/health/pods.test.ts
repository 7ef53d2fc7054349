import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { containerTrouble, selectorOf } from '../../src/health/pods-of.ts'
import type { KubernetesObject } from '../../src/objects/object.ts'
import { claims, condition, live, podWith } from './scene.ts'

const crashing = {
  waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container=web pod=web-x' },
}
const outOfMemory = { lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } } }
const ready = { container: { ready: true }, status: { conditions: [condition('Ready', 'True')] } }

const pods = {
  ready: podWith({ running: {} }, ready),
  creating: podWith({ waiting: { reason: 'ContainerCreating' } }, { status: { phase: 'Pending' } }),
  unready: podWith({ running: {} }, { container: { restartCount: 1, ...outOfMemory } }),
  crashing: podWith(crashing, { container: { restartCount: 3 } }),
  imagePull: podWith(
    { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image' } },
    { status: { phase: 'Pending' } },
  ),
  unschedulable: podWith(
    {},
    {
      status: {
        phase: 'Pending',
        containerStatuses: undefined as unknown as object,
        conditions: [condition('PodScheduled', 'False', 'Unschedulable', '0/3 nodes are available')],
      },
    },
  ),
  evicted: podWith({}, { status: { phase: 'Failed', reason: 'Evicted', message: 'low on memory' } }),
  succeeded: podWith(
    { terminated: { exitCode: 0, reason: 'Completed' } },
    { status: { phase: 'Succeeded' } },
  ),
}

describe('health of a Pod', () => {
  claims([
    ['that is ready is healthy', pods.ready, 'healthy'],
    ['that has succeeded is healthy', pods.succeeded, 'healthy'],
    ['whose containers are being made is progressing', pods.creating, 'progressing', /^ContainerCreating$/],
    ['that runs unready is progressing', pods.unready, 'progressing', /is running but not ready/],
    [
      'that keeps crashing is degraded',
      pods.crashing,
      'degraded',
      /^CrashLoopBackOff: back-off.*\(3 restarts\)$/,
    ],
    ['without its image is degraded', pods.imagePull, 'degraded', /image example\.com\/web:1/],
    ['that fits on no node is progressing', pods.unschedulable, 'progressing', /^Unschedulable: 0\/3 nodes/],
    ['that was evicted is degraded', pods.evicted, 'degraded', /^Evicted: low on memory$/],
    ['that is new is progressing', live('v1', 'Pod', { spec: {} }), 'progressing', /scheduled/],
  ])
})

describe('the trouble of containers', () => {
  test('names container, pod, reason and restarts', () => {
    expect(containerTrouble([pods.ready, pods.crashing])).toEqual({
      message:
        'container web of pod shop/web-x: CrashLoopBackOff: back-off 40s restarting failed container=web pod=web-x (3 restarts)',
      isFailure: true,
    })
  })

  test('says how the last run ended', () => {
    const pod = podWith(crashing, { container: { restartCount: 1, ...outOfMemory } })
    expect(containerTrouble([pod])?.message).toMatch(/; last run: OOMKilled, exit code 137 \(1 restart\)$/)
    expect(containerTrouble([pods.unready])).toEqual({
      message:
        'container web of pod shop/web-x: is running but not ready; last run: OOMKilled, exit code 137 (1 restart)',
      isFailure: false,
    })
  })

  test('names the image only where the kubelet does not', () => {
    const waiting = { reason: 'ErrImagePull', message: 'pull example.com/web:1: not found' }
    expect(containerTrouble([pods.imagePull])?.message).toMatch(/; image example\.com\/web:1$/)
    expect(containerTrouble([podWith({ waiting })])?.message).not.toMatch(/; image/)
  })

  test('keeps the last words of a program to itself', () => {
    const secret = { message: 'password=hunter2' }
    const ended = { terminated: { reason: 'Error', exitCode: 1, ...secret } }
    const pod = podWith(crashing, { container: { lastState: ended } })
    expect(containerTrouble([pod])?.message).not.toMatch(/hunter2/)
    expect(containerTrouble([podWith(ended)])?.message).toMatch(/: Error, exit code 1$/)
  })

  test('says why a container never started', () => {
    const terminated = { reason: 'StartError', exitCode: 128, message: 'exec: "nope": not found in $PATH' }
    expect(
      containerTrouble([podWith(crashing, { container: { lastState: { terminated } } })])?.message,
    ).toMatch(/StartError, exit code 128: exec: "nope": not found/)
  })

  test('says what a missing Secret is called', () => {
    const waiting = { reason: 'CreateContainerConfigError', message: 'secret "db" not found' }
    expect(containerTrouble([podWith({ waiting })])).toEqual({
      message: 'container web of pod shop/web-x: CreateContainerConfigError: secret "db" not found',
      isFailure: true,
    })
  })

  test('of init containers counts', () => {
    const init = { name: 'migrate', restartCount: 2, state: crashing }
    const pod = podWith(
      { waiting: { reason: 'PodInitializing' } },
      { status: { initContainerStatuses: [init] } },
    )
    expect(containerTrouble([pod])?.message).toMatch(/^container migrate of .*\(2 restarts\)$/)
  })

  test('is the worst of all, in the order failing, unschedulable, unready, starting', () => {
    const all = [pods.creating, pods.unready, pods.unschedulable, pods.crashing]
    const reasons = [/CrashLoopBackOff/, /Unschedulable/, /not ready/, /ContainerCreating/]
    for (const reason of reasons) {
      expect(containerTrouble(all)?.message).toMatch(reason)
      all.pop()
    }
  })

  test('is that of the pod with most restarts among equals', () => {
    const often = podWith(crashing, { container: { restartCount: 9 }, metadata: { name: 'web-y' } })
    expect(containerTrouble([pods.crashing, often])?.message).toMatch(/web-y/)
  })

  test('of pods that others have replaced counts only where there is no other', () => {
    const leaving = podWith(crashing, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } })
    expect(containerTrouble([leaving, pods.evicted, pods.unready])?.message).toMatch(/not ready/)
    expect(containerTrouble([pods.evicted])?.message).toMatch(/^pod shop\/web-x: Evicted: low on memory$/)
  })

  test('of a failed pod of a Job counts', () => {
    const failed = podWith(
      { terminated: { reason: 'Error', exitCode: 2 } },
      { status: { phase: 'Failed' }, spec: { restartPolicy: 'Never' } },
    )
    expect(containerTrouble([failed, pods.creating])?.message).toMatch(/Error, exit code 2$/)
  })

  test('is undefined when nothing is wrong', () => {
    expect(containerTrouble([])).toBeUndefined()
    expect(containerTrouble([pods.ready, pods.succeeded])).toBeUndefined()
  })

  test('never throws, whatever a pod looks like', () => {
    const any = fc.jsonValue()
    const statuses = fc.array(
      fc.record({ name: any, state: fc.record({ waiting: any, running: any }), lastState: any }),
    )
    const status = fc.oneof(
      any,
      fc.record({ phase: any, containerStatuses: fc.oneof(any, statuses), conditions: any }),
    )
    const pod = fc.record({ apiVersion: any, kind: any, metadata: any, spec: any, status })
    fc.assert(
      fc.property(fc.array(pod), (found) => {
        expect(() => containerTrouble(found as unknown as readonly KubernetesObject[])).not.toThrow()
      }),
    )
  })
})

describe('the selector of a workload', () => {
  const workload = (apiVersion: string, kind: string, selector: unknown) =>
    live(apiVersion, kind, { spec: { selector } })
  const labels = { matchLabels: { app: 'web', tier: 'front' } }

  test.each([
    ['apps/v1', 'Deployment'],
    ['apps/v1', 'StatefulSet'],
    ['apps/v1', 'DaemonSet'],
    ['apps/v1', 'ReplicaSet'],
    ['batch/v1', 'Job'],
  ])('of %s %s is a query', (apiVersion, kind) => {
    expect(selectorOf(workload(apiVersion, kind, labels))).toBe('app=web,tier=front')
  })

  test('has all four operators', () => {
    const matchExpressions = [
      { key: 'app', operator: 'In', values: ['a', 'b'] },
      { key: 'tier', operator: 'NotIn', values: ['back'] },
      { key: 'web', operator: 'Exists' },
      { key: 'old', operator: 'DoesNotExist' },
    ]
    expect(selectorOf(workload('apps/v1', 'Deployment', { matchExpressions }))).toBe(
      'app in (a,b),tier notin (back),web,!old',
    )
  })

  test.each([
    ['has no pods', workload('v1', 'Service', labels)],
    ['has an empty selector', workload('apps/v1', 'Deployment', {})],
    ['has no selector', workload('batch/v1', 'Job', undefined)],
    [
      'has an operator nobody knows',
      workload('apps/v1', 'Deployment', { ...labels, matchExpressions: [{ key: 'a', operator: 'Near' }] }),
    ],
    ['is of another group', workload('example.com/v1', 'Deployment', labels)],
  ])('is undefined where the object %s', (_, object) => {
    expect(selectorOf(object)).toBeUndefined()
  })
})
