import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ControlPlane, startControlPlane, type User } from '../../../../tools/control-plane/index.ts'
import { definedTypes } from '../../src/discovery/defined-types.ts'
import { createDiscovery, type Discovery, type DiscoveryOptions } from '../../src/discovery/discovery.ts'
import type { ResourceType } from '../../src/discovery/resource-type.ts'
import type { KubernetesObject } from '../../src/objects/object.ts'
import type { Api } from '../../src/transport/api.ts'
import { connected, errorOf } from '../transport/connected.ts'

const { signal } = new AbortController()
let controlPlane: ControlPlane

beforeAll(async () => {
  controlPlane = await startControlPlane({ controllers: false })
}, 60_000)

afterAll(() => controlPlane.stop())

const api = (user: User = controlPlane.admin): Api => connected({ kubeconfig: { text: user.kubeconfig } })
const discover = (options: DiscoveryOptions = {}): Discovery => createDiscovery(api(), options)

/** As Kubernetes before 1.26 answers, which knows no aggregated documents. */
const withoutAggregation = ({ call, watch }: Api): Api => ({
  watch,
  call: ({ accept: _, ...request }) => call(request),
})

const definition = (group: string): KubernetesObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `widgets.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: ['v1alpha1', 'v2', 'v10', 'v1', 'v2beta3', 'foo', 'v0'].map((name) => ({
      name,
      served: name !== 'v0',
      storage: name === 'v1',
      schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      ...(name === 'v2' && { subresources: { status: {} } }),
    })),
  },
})

async function define(object: KubernetesObject): Promise<void> {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  expect(await controlPlane.admin.call('POST', path, { body: object })).toMatchObject({ status: 201 })
}

const sorted = (types: readonly ResourceType[]): readonly string[] =>
  types.map((type) => JSON.stringify({ ...type, verbs: [...type.verbs].sort() })).sort()

describe('a type', () => {
  test('is found by kind in the version the server prefers, and by version', async () => {
    const discovery = discover()
    const deployment = await discovery.typeOf('apps/Deployment', { signal })
    expect(deployment).toMatchObject({
      group: 'apps',
      version: 'v1',
      kind: 'Deployment',
      plural: 'deployments',
      namespaced: true,
      hasStatus: true,
      verbs: expect.arrayContaining(['get', 'list', 'watch', 'patch', 'delete']),
    })
    expect(await discovery.typeOf({ apiVersion: 'apps/v1', kind: 'Deployment' }, { signal })).toBe(deployment)
    expect(await discovery.typeOf('/Namespace', { signal })).toMatchObject({
      group: '',
      plural: 'namespaces',
      namespaced: false,
    })
    expect(await discovery.typeOf({ apiVersion: 'v1', kind: 'ConfigMap' }, { signal })).toMatchObject({
      hasStatus: false,
    })
    const scalers = await discovery.typesFor('autoscaling', 'HorizontalPodAutoscaler', { signal })
    expect(scalers.map(({ version }) => version)).toEqual(['v2', 'v1'])
  })

  test('that the server does not serve is undefined', async () => {
    const discovery = discover()
    expect(await discovery.typeOf('apps/Nothing', { signal })).toBeUndefined()
    expect(await discovery.typeOf({ apiVersion: 'apps/v9', kind: 'Deployment' }, { signal })).toBeUndefined()
    expect(await discovery.typesFor('nowhere.example.com', 'Nothing', { signal })).toEqual([])
  })

  test('is found without a refresh by the caller soon after it was defined', async () => {
    const discovery = discover({ unknownKindMs: 0 })
    const group = 'soon.example.com'
    expect(await discovery.typeOf(`${group}/Widget`, { signal })).toBeUndefined()
    await define(definition(group))
    await expect
      .poll(() => discovery.typeOf(`${group}/Widget`, { signal }))
      .toMatchObject({ plural: 'widgets' })
  })

  test('is exactly what its definition said before it was applied', async () => {
    const group = 'exactly.example.com'
    const discovery = discover({ unknownKindMs: 0 })
    await define(definition(group))
    await expect.poll(() => discovery.typeOf(`${group}/Widget`, { signal })).toBeDefined()
    const served = await discovery.typesFor(group, 'Widget', { signal })
    const defined = definedTypes(definition(group))
    expect(served.map(({ version }) => version)).toEqual(['v10', 'v2', 'v1', 'v2beta3', 'v1alpha1', 'foo'])
    expect(defined.map(({ version }) => version)).toEqual(served.map(({ version }) => version))
    expect(sorted(defined)).toEqual(sorted(served))
  })

  test('that is only defined in the same set is known to a lookup that was given its definition', async () => {
    const discovery = discover()
    const lookup = discovery.addDefinitions([
      definition('later.example.com'),
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } },
    ])
    expect(await lookup.typeOf('later.example.com/Widget', { signal })).toMatchObject({ version: 'v10' })
    expect(
      await lookup.typeOf({ apiVersion: 'later.example.com/v0', kind: 'Widget' }, { signal }),
    ).toBeUndefined()
    expect(await lookup.typeOf('apps/Deployment', { signal })).toMatchObject({ plural: 'deployments' })
    expect(await discovery.typeOf('later.example.com/Widget', { signal })).toBeUndefined()
  })
})

describe('discovery', () => {
  test('finds the same types without aggregated documents', async () => {
    const group = 'legacy.example.com'
    await define(definition(group))
    const aggregated = discover({ unknownKindMs: 0 })
    await expect.poll(() => aggregated.typeOf(`${group}/Widget`, { signal })).toBeDefined()
    const legacy = createDiscovery(withoutAggregation(api()))
    expect(sorted(await legacy.all({ signal }))).toEqual(sorted(await aggregated.all({ signal })))
    expect((await legacy.typeOf(`${group}/Widget`, { signal }))?.version).toBe('v10')
  })

  test('takes two requests, and none while it is fresh, whoever asks how often', async () => {
    const user = await controlPlane.addUser({ name: 'looks' })
    const discovery = createDiscovery(api(user))
    await Promise.all(Array.from({ length: 20 }, () => discovery.typeOf('apps/Deployment', { signal })))
    for (let each = 0; each < 20; each++) await discovery.typeOf('apps/Nothing', { signal })
    const counts = await controlPlane.requestCounts({ user: 'looks' })
    expect(counts).toEqual({ 'get /api': 1, 'get /apis': 1 })
  })

  test('that is looked at again and has not changed stays the same', async () => {
    const discovery = discover()
    const before = await discovery.all({ signal })
    await discovery.refresh({ signal })
    expect(await discovery.all({ signal })).toBe(before)
    await define(definition('again.example.com'))
    await expect
      .poll(async () => {
        await discovery.refresh({ signal })
        return (await discovery.all({ signal })).some(({ group }) => group === 'again.example.com')
      })
      .toBe(true)
  })

  test('never takes a group that does not answer for an absent one', async () => {
    const service = {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1.down.example.com' },
      spec: {
        group: 'down.example.com',
        version: 'v1',
        groupPriorityMinimum: 10,
        versionPriority: 10,
        insecureSkipTLSVerify: true,
        service: { name: 'nobody', namespace: 'default' },
      },
    }
    const path = '/apis/apiregistration.k8s.io/v1/apiservices'
    expect(await controlPlane.admin.call('POST', path, { body: service })).toMatchObject({ status: 201 })
    const discovery = discover()
    await expect
      .poll(
        async () => {
          await discovery.refresh({ signal })
          return discovery.staleGroups({ signal })
        },
        { timeout: 10_000 },
      )
      .toEqual(['down.example.com/v1'])
    expect(await errorOf(discovery.typeOf('down.example.com/Widget', { signal }))).toMatchObject({
      code: 'DISCOVERY_INCOMPLETE',
      kind: 'transient',
      message: expect.stringContaining('down.example.com/v1'),
    })
    expect(await discovery.typeOf('other.example.com/Widget', { signal })).toBeUndefined()
    expect(await discovery.typeOf('apps/Deployment', { signal })).toBeDefined()
    const legacy = createDiscovery(withoutAggregation(api()))
    expect(await legacy.staleGroups({ signal })).toEqual(['down.example.com/v1'])
    await controlPlane.admin.call('DELETE', `${path}/v1.down.example.com`)
  }, 20_000)

  test('knows the version of the server', async () => {
    expect(await discover().version({ signal })).toMatch(/^v1\.\d+\.\d+/)
  })

  test('lets a caller who aborts leave, and answers the others', async () => {
    const discovery = discover()
    const abort = new AbortController()
    const leaving = discovery.all({ signal: abort.signal })
    const staying = discovery.all({ signal })
    const reason = new Error('enough')
    abort.abort(reason)
    await expect(leaving).rejects.toBe(reason)
    expect((await staying).length).toBeGreaterThan(50)
  })
})
