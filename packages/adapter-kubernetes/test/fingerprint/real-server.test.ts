import { testCall } from '@mooring/core/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ControlPlane, startControlPlane } from '../../../../tools/control-plane/index.ts'
import { compareFingerprints } from '../../src/fingerprint/compare-fingerprints.ts'
import { entryOf } from '../../src/fingerprint/entry-of.ts'
import { fingerprintOf } from '../../src/fingerprint/fingerprint.ts'
import { lostFields } from '../../src/fingerprint/lost-fields.ts'
import { describeOwnedField } from '../../src/fingerprint/owners-of.ts'
import { sharedWith } from '../../src/fingerprint/shared-with.ts'
import type { KubernetesObject } from '../../src/objects/object.ts'
import { prepareObjects } from '../../src/prepare/prepare-objects.ts'

// What a real API server does to `managedFields` is what fingerprints are made of.
let cluster: ControlPlane

beforeAll(async () => {
  cluster = await startControlPlane({ controllers: false })
}, 60_000)
afterAll(() => cluster.stop())

const manager = 'mooring-test'
const { digest } = testCall()
const apply = 'application/apply-patch+yaml'
const merge = 'application/merge-patch+json'

/** How a manager other than ours writes. */
interface Write {
  readonly as: string
  readonly force?: boolean
}

async function write(
  method: 'PATCH' | 'POST' | 'PUT',
  path: string,
  body: unknown,
  contentType: string,
  { as, force }: Write,
): Promise<KubernetesObject> {
  const query = `fieldManager=${as}${force === true ? '&force=true' : ''}`
  const answer = await cluster.admin.call(method, `${path}?${query}`, { body, contentType })
  expect(answer.body).toHaveProperty('metadata.resourceVersion')
  return answer.body as KubernetesObject
}

const read = async (path: string): Promise<KubernetesObject> =>
  (await cluster.admin.call('GET', path)).body as KubernetesObject

const deployment = (limits = { cpu: '1000m', memory: '0.5Gi' }): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', labels: { app: 'web' }, annotations: { 'mooring.dev/owner': 'test' } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          {
            name: 'web',
            image: 'web:1',
            args: ['--a', '--b'],
            env: [{ name: 'A', value: '1' }],
            ports: [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP' }],
            resources: { limits },
            volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
          },
        ],
        volumes: [{ name: 'tmp', emptyDir: {} }],
      },
    },
  },
})

/** The server keeps quantities in this form, and for anybody but their writer another form is another value. */
const canonical = { cpu: '1', memory: '512Mi' }

/** Our object on the server, what was recorded of it, and how it compares now. */
async function applied(kind: string, manifest: KubernetesObject) {
  const namespace = await cluster.createNamespace()
  const group = manifest.apiVersion === 'v1' ? '/api/v1' : `/apis/${manifest.apiVersion}`
  const path = `${group}/namespaces/${namespace}/${kind}/${manifest.metadata.name}`
  const mine = (): Promise<KubernetesObject> =>
    write('PATCH', path, manifest, apply, { as: manager, force: true })
  const first = await mine()
  const record = fingerprintOf(first, manager, digest)
  const compare = (now: KubernetesObject) =>
    compareFingerprints(
      { digest: 'of the manifest', ...record },
      {
        key: 'any',
        version: now.metadata.resourceVersion ?? '',
        ...fingerprintOf(now, manager, digest),
        health: { state: 'unknown' },
      },
    )
  const lost = (now: KubernetesObject) =>
    lostFields(entryOf(first, manager)?.fieldsV1, now, manager).map(describeOwnedField)
  return { path, mine, first, record, compare, lost, now: () => read(path) }
}

test('an apply that changes nothing is the same, to the letter', async () => {
  const { mine, record, compare, now } = await applied('deployments', deployment())
  const again = await mine()
  expect(fingerprintOf(again, manager, digest)).toEqual(record)
  expect(compare(await now())).toBe('same')
})

test('every value that we apply is seen when only the value changes', async () => {
  const { first } = await applied('deployments', deployment())
  const changes: ((container: Container) => void)[] = [
    (one) => one.args.push('--c'),
    (one) => Object.assign(one.ports[0] ?? {}, { containerPort: 81 }),
    (one) => Object.assign(one.env[0] ?? {}, { value: '2' }),
    (one) => Object.assign(one.resources.limits, { cpu: '2' }),
    (one) => one.volumeMounts.pop(),
  ]
  const seen = changes.map((change) => {
    const object = structuredClone(first)
    change((object as unknown as WithContainer).spec.template.spec.containers[0])
    return fingerprintOf(object, manager, digest).fingerprint
  })
  expect(new Set([...seen, fingerprintOf(first, manager, digest).fingerprint]).size).toBe(changes.length + 1)
})

interface Container {
  readonly args: string[]
  readonly env: object[]
  readonly ports: object[]
  readonly resources: { readonly limits: object }
  readonly volumeMounts: object[]
}
interface WithContainer {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly [Container] } } }
}

test('another applier of the same values shares them, and nothing drifts', async () => {
  const { path, first, compare } = await applied('deployments', deployment(canonical))
  expect(sharedWith(first, manager)).toEqual([])
  const shared = await write('PATCH', path, deployment(canonical), apply, { as: 'flux' })
  expect(compare(shared)).toBe('same')
  expect(sharedWith(shared, manager)).toEqual([{ manager: 'flux', operation: 'Apply' }])
})

test('an object that somebody created first is shared once we applied to it', async () => {
  const namespace = await cluster.createNamespace()
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments`
  await write('POST', path, deployment(), 'application/json', { as: 'kubectl-create' })
  const ours = await write('PATCH', `${path}/web`, deployment(canonical), apply, { as: manager })
  expect(sharedWith(ours, manager)).toEqual([{ manager: 'kubectl-create', operation: 'Update' }])
})

test('a value that an intruder writes is drift, names the intruder, and is healed to the same fingerprint', async () => {
  const { path, mine, record, compare, lost } = await applied('deployments', deployment())
  const patch = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'evil:1' }]
  const edited = await write('PATCH', path, patch, 'application/json-patch+json', { as: 'intruder' })
  expect(compare(edited)).toBe('drift')
  expect(lost(edited)).toEqual([
    'spec.template.spec.containers[name="web"].image is owned by intruder (Update)',
  ])
  const healed = await mine()
  expect(fingerprintOf(healed, manager, digest).fingerprint).toBe(record.fingerprint)
  expect(compare(healed)).toBe('same')
})

test('a container that an intruder removes is one lost field', async () => {
  const { path, compare, lost } = await applied('deployments', deployment())
  const patch = [
    { op: 'replace', path: '/spec/template/spec/containers/0/name', value: 'other' },
    { op: 'remove', path: '/spec/template/spec/containers/0/env' },
  ]
  const edited = await write('PATCH', path, patch, 'application/json-patch+json', { as: 'intruder' })
  expect(compare(edited)).toBe('drift')
  expect(lost(edited)).toEqual([
    'spec.template.spec.containers[name="web"] is owned by nobody: it was removed, or set to its default',
  ])
})

test('kubectl scale is drift and is told by name', async () => {
  const { path, compare, lost, now } = await applied('deployments', deployment())
  await write('PATCH', `${path}/scale`, { spec: { replicas: 5 } }, merge, { as: 'kubectl-scale' })
  const scaled = await now()
  expect(compare(scaled)).toBe('drift')
  expect(lost(scaled)).toEqual(['spec.replicas is owned by kubectl-scale (Update scale)'])
})

test('a restart annotation, a status and a replacement of the whole object by somebody else are no drift', async () => {
  const { path, compare, now } = await applied('deployments', deployment())
  const annotations = { 'kubectl.kubernetes.io/restartedAt': '2026-11-21T11:00:00Z' }
  const restart = { spec: { template: { metadata: { annotations } } } }
  expect(compare(await write('PATCH', path, restart, merge, { as: 'kubectl-rollout' }))).toBe('same')
  const status = { status: { observedGeneration: 1, replicas: 2 } }
  expect(compare(await write('PATCH', `${path}/status`, status, merge, { as: 'controller' }))).toBe('same')
  expect(compare(await write('PUT', path, await now(), 'application/json', { as: 'kubectl-replace' }))).toBe(
    'same',
  )
})

test('a reset of managedFields is drift, and an apply brings the same fingerprint back', async () => {
  const { path, mine, record, compare } = await applied('deployments', deployment())
  const reset = await write('PATCH', path, { metadata: { managedFields: [{}] } }, merge, { as: 'intruder' })
  expect(entryOf(reset, manager)).toBeUndefined()
  expect(compare(reset)).toBe('drift')
  expect(fingerprintOf(await mine(), manager, digest).fingerprint).toBe(record.fingerprint)
})

test('an object of which an intruder takes every field drifts', async () => {
  const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { a: 'one' } }
  const { path, compare, lost } = await applied('configmaps', settings)
  const edited = await write('PATCH', path, { data: { a: 'two' } }, merge, { as: 'intruder' })
  expect(compare(edited)).toBe('drift')
  expect(lost(edited)).toEqual(['data.a is owned by intruder (Update)'])
})

test('a Secret with folded stringData drifts when its data is changed', async () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'login', labels: { app: 'a' } },
    stringData: { a: 'one' },
  }
  const { desired } = prepareObjects([{ manifest: secret }], {
    namespace: 'any',
    typeOf: () => ({
      group: '',
      version: 'v1',
      kind: 'Secret',
      plural: 'secrets',
      namespaced: true,
      verbs: ['patch'],
      hasStatus: false,
    }),
    call: testCall(),
  })
  const { namespace: _, ...metadata } = desired[0]?.manifest.metadata ?? { name: '' }
  const { path, compare, lost } = await applied('secrets', {
    ...(desired[0]?.manifest as KubernetesObject),
    metadata,
  })
  const edited = await write('PATCH', path, { data: { a: 'dHdv' } }, merge, { as: 'intruder' })
  expect(compare(edited)).toBe('drift')
  expect(lost(edited)).toEqual(['data.a is owned by intruder (Update)'])
})
