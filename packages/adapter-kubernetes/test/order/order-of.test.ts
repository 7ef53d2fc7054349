import type { Dependency, Orderable, ResourceKey } from '@mooring/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { orderOf } from '../../src/order/order-of.ts'

const roles = 'rbac.authorization.k8s.io'
const webhook = 'admissionregistration.k8s.io/ValidatingWebhookConfiguration//guard'

const ordered = (...keys: readonly ResourceKey[]): readonly Orderable[] =>
  keys.map((key) => ({ key, label: key }))

const edgesOf = (...keys: readonly ResourceKey[]): readonly string[] =>
  orderOf(ordered(...keys))
    .map(({ before, after }) => `${before} > ${after}`)
    .toSorted()

/** How deep each key stands; throws for a circle. */
function depths(resources: readonly Orderable[], edges: readonly Dependency[]): Map<ResourceKey, number> {
  const before = new Map<ResourceKey, ResourceKey[]>()
  for (const { key, dependsOn = [] } of resources) before.set(key, [...dependsOn])
  for (const edge of edges) before.get(edge.after)?.push(edge.before)
  const known = new Map<ResourceKey, number>()
  const depthOf = (key: ResourceKey, path: readonly ResourceKey[]): number => {
    if (path.includes(key)) throw new Error(`circle: ${[...path, key].join(' > ')}`)
    const depth =
      known.get(key) ??
      Math.max(0, ...(before.get(key) ?? []).map((first) => depthOf(first, [...path, key]) + 1))
    known.set(key, depth)
    return depth
  }
  for (const { key } of resources) depthOf(key, [])
  return known
}

describe('order', () => {
  test('puts a Namespace before what is in it', () => {
    expect(edgesOf('/Namespace//shop', '/Service/shop/web', '/Service/other/web', 'a.b/Thing//x')).toEqual([
      '/Namespace//shop > /Service/shop/web',
    ])
  })

  test.each([
    ['Certificate', 'certificates'],
    ['NetworkPolicy', 'networkpolicies'],
    ['Prometheus', 'prometheuses'],
    ['Redis', 'redis'],
  ])('puts the definition of %s before it, and no other of its group', (kind, plural) => {
    expect(
      edgesOf(
        `apiextensions.k8s.io/CustomResourceDefinition//${plural}.example.com`,
        'apiextensions.k8s.io/CustomResourceDefinition//others.example.com',
        'apiextensions.k8s.io/CustomResourceDefinition//things.example.org',
        `example.com/${kind}/shop/a`,
      ),
    ).toEqual([
      `apiextensions.k8s.io/CustomResourceDefinition//${plural}.example.com > example.com/${kind}/shop/a`,
    ])
  })

  test('puts all definitions of a group before a kind with an unusual plural', () => {
    expect(
      edgesOf(
        'apiextensions.k8s.io/CustomResourceDefinition//indices.example.com',
        'apiextensions.k8s.io/CustomResourceDefinition//others.example.com',
        'example.com/Index/shop/a',
      ),
    ).toHaveLength(2)
  })

  test.each(['/ConfigMap', '/Secret', '/ServiceAccount', '/LimitRange', '/ResourceQuota', `${roles}/Role`])(
    'puts %s before the workloads of its namespace',
    (type) => {
      expect(edgesOf(`${type}/shop/a`, 'apps/Deployment/shop/web', 'apps/Deployment/other/web')).toEqual([
        `${type}/shop/a > apps/Deployment/shop/web`,
      ])
    },
  )

  test.each(['scheduling.k8s.io/PriorityClass', 'node.k8s.io/RuntimeClass', 'storage.k8s.io/StorageClass'])(
    'puts %s before the workloads of every namespace',
    (type) => {
      expect(edgesOf(`${type}//a`, 'apps/Deployment/shop/web', 'batch/Job/other/run')).toEqual([
        `${type}//a > apps/Deployment/shop/web`,
        `${type}//a > batch/Job/other/run`,
      ])
    },
  )

  test('puts bindings between roles and workloads', () => {
    const set = ordered(
      'apps/DaemonSet/shop/agent',
      `${roles}/RoleBinding/shop/a`,
      `${roles}/Role/shop/a`,
      `${roles}/ClusterRoleBinding//a`,
      `${roles}/ClusterRole//a`,
    )
    const depth = depths(set, orderOf(set))
    expect(set.map(({ key }) => depth.get(key))).toEqual([2, 1, 0, 1, 0])
  })

  test('puts every kind that pods need into an earlier stage than every workload of the namespace', () => {
    const set = ordered(
      '/Namespace//shop',
      '/Secret/shop/z',
      '/ConfigMap/shop/a',
      '/ConfigMap/shop/b',
      'batch/CronJob/shop/nightly',
      'apps/StatefulSet/shop/db',
      '/Pod/shop/one',
    )
    const depth = depths(set, orderOf(set))
    expect(set.map(({ key }) => depth.get(key))).toEqual([0, 1, 1, 1, 2, 2, 2])
  })

  test('puts no volume, claim or Service before a workload', () => {
    expect(
      edgesOf(
        '/PersistentVolume//data',
        '/PersistentVolumeClaim/shop/data',
        '/Service/shop/db',
        'apps/StatefulSet/shop/db',
      ),
    ).toEqual([])
  })

  test('puts webhooks and APIServices after workloads that serve, and nothing after them', () => {
    const api = 'apiregistration.k8s.io/APIService//v1.example.com'
    expect(
      edgesOf(
        webhook,
        api,
        'apps/Deployment/shop/guard',
        'batch/Job/shop/certificates',
        '/ConfigMap/other/a',
      ),
    ).toEqual([`apps/Deployment/shop/guard > ${webhook}`, `apps/Deployment/shop/guard > ${api}`].toSorted())
  })

  test('puts a webhook after one workload of each namespace and kind in a large set', () => {
    const names = Array.from({ length: 2_000 }, (_, index) => `apps/Deployment/shop/n${index}`)
    expect(edgesOf(...names, webhook)).toEqual([`apps/Deployment/shop/n0 > ${webhook}`])
  })

  test('leaves a webhook that somebody depends on where it is', () => {
    const set: readonly Orderable[] = [
      ...ordered(webhook),
      { key: 'apps/Deployment/shop/guarded', label: '', dependsOn: [webhook] },
    ]
    expect(orderOf(set)).toEqual([])
  })

  test('leaves what stands in different waves to the waves', () => {
    const late: readonly Orderable[] = [
      { key: '/ConfigMap/shop/a', label: '', wave: 1 },
      { key: 'apps/Deployment/shop/web', label: '', wave: 0 },
      { key: webhook, label: '', wave: -1 },
    ]
    expect(orderOf(late)).toEqual([])
  })

  test('waits for no resource that names dependencies itself', () => {
    const set: readonly Orderable[] = [
      { key: '/ConfigMap/shop/a', label: '', dependsOn: ['apps/Deployment/shop/web'] },
      { key: '/ConfigMap/shop/b', label: '' },
      { key: 'apps/Deployment/shop/web', label: '' },
    ]
    expect(orderOf(set)).toEqual([{ before: '/ConfigMap/shop/b', after: 'apps/Deployment/shop/web' }])
  })

  test('is the same in whatever order the resources come', () => {
    const keys = ['/Secret/shop/b', '/ConfigMap/shop/a', 'apps/Deployment/shop/web', '/ConfigMap/shop/c']
    expect(edgesOf(...keys.toReversed())).toEqual(edgesOf(...keys))
    expect(edgesOf(...keys)).toEqual(['/ConfigMap/shop/a > apps/Deployment/shop/web'])
  })

  test('has a few edges for each resource, however many there are', () => {
    const many = (type: string) => Array.from({ length: 10_000 }, (_, index) => `${type}/shop/n${index}`)
    const edges = orderOf(ordered('/Namespace//shop', ...many('/ConfigMap'), ...many('apps/Deployment')))
    expect(edges).toHaveLength(30_000)
  })

  test('makes no circle out of dependencies that are none themselves', () => {
    const types = [
      '/ConfigMap/a',
      '/Secret/a',
      `${roles}/Role/a`,
      `${roles}/RoleBinding/a`,
      '/Service/a',
      'apps/Deployment/a',
      'apps/StatefulSet/b',
      'example.com/Thing/a',
      `${roles}/ClusterRole/`,
      'admissionregistration.k8s.io/ValidatingWebhookConfiguration/',
      'apiregistration.k8s.io/APIService/',
    ]
    const keys = fc.uniqueArray(
      fc.tuple(fc.constantFrom(...types), fc.constantFrom('x', 'y', 'z')).map((parts) => parts.join('/')),
      { minLength: 2, maxLength: 20 },
    )
    // Each names only what stands before it in the list, so that the dependencies alone are no circle.
    const set = keys.chain((all) =>
      fc.tuple(
        ...all.map((key, index) =>
          fc
            .subarray(all.slice(0, index), { maxLength: Math.min(2, index) })
            .map((dependsOn): Orderable => ({ key, label: key, dependsOn })),
        ),
      ),
    )
    fc.assert(
      fc.property(set, (resources) => {
        expect(() => depths(resources, orderOf(resources))).not.toThrow()
      }),
      { numRuns: 500 },
    )
  })
})
