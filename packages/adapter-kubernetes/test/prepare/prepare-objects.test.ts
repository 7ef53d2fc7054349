import { canonicalJson, isMooringError, type Located } from '@mooring/core'
import { testCall } from '@mooring/core/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ResourceType } from '../../src/discovery/resource-type.ts'
import type { KubernetesObject } from '../../src/objects/object.ts'
import { type PrepareInput, prepareObjects } from '../../src/prepare/prepare-objects.ts'

const served = (kind: string, plural: string, more: Partial<ResourceType> = {}): ResourceType => ({
  group: '',
  version: 'v1',
  kind,
  plural,
  namespaced: true,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  hasStatus: false,
  ...more,
})

const types = new Map<string, ResourceType>([
  ['v1 ConfigMap', served('ConfigMap', 'configmaps')],
  ['v1 Secret', served('Secret', 'secrets')],
  ['v1 Namespace', served('Namespace', 'namespaces', { namespaced: false })],
  ['apps/v1 Deployment', served('Deployment', 'deployments', { group: 'apps', hasStatus: true })],
  [
    'authorization.k8s.io/v1 SubjectAccessReview',
    served('SubjectAccessReview', 'subjectaccessreviews', { verbs: ['create'], namespaced: false }),
  ],
  [
    'apiextensions.k8s.io/v1 CustomResourceDefinition',
    served('CustomResourceDefinition', 'customresourcedefinitions', {
      group: 'apiextensions.k8s.io',
      namespaced: false,
    }),
  ],
])

const input: PrepareInput = {
  namespace: 'shop',
  typeOf: (apiVersion, kind) => types.get(`${apiVersion} ${kind}`) ?? 'unknown',
  call: testCall(),
}

const configMap = (more: object = {}, metadata: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', ...metadata },
  ...more,
})

const located = (manifest: unknown, line = 1): Located<KubernetesObject> => ({
  manifest: manifest as KubernetesObject,
  origin: { file: 'apps/web.yaml', line, document: 2 },
})

const prepareOne = (manifest: unknown, difference: Partial<PrepareInput> = {}) => {
  const { desired, waiting } = prepareObjects([located(manifest)], { ...input, ...difference })
  expect(waiting).toEqual([])
  expect(desired).toHaveLength(1)
  return desired[0] as (typeof desired)[0]
}

const normalised = (manifest: unknown) => prepareOne(manifest).manifest

function problemIn(manifests: readonly unknown[], difference: Partial<PrepareInput> = {}): string {
  try {
    prepareObjects(
      manifests.map((manifest, at) => located(manifest, at + 1)),
      { ...input, ...difference },
    )
  } catch (thrown) {
    if (isMooringError(thrown) && thrown.code === 'INVALID_MANIFEST') return thrown.message
    throw thrown
  }
  throw new Error('Expected INVALID_MANIFEST')
}

test('a desired object has key, label, digest, traits and origin', () => {
  const annotations = { 'mooring.dev/wave': '5', 'helm.sh/resource-policy': 'keep' }
  const { manifest, digest, ...rest } = prepareOne(configMap({ data: { a: 'b' } }, { annotations }))
  expect(rest).toEqual({
    key: '/ConfigMap/shop/settings',
    label: 'ConfigMap shop/settings',
    traits: { wave: 5, prune: 'never' },
    origin: { file: 'apps/web.yaml', line: 1, document: 2 },
  })
  expect(manifest.metadata).toEqual({ name: 'settings', namespace: 'shop', annotations })
  expect(digest).toHaveLength(43)
})

test('the namespace of the manifest wins over the default', () => {
  expect(prepareOne(configMap({}, { namespace: 'other' })).key).toBe('/ConfigMap/other/settings')
  expect(prepareOne(configMap({}, { namespace: '' })).key).toBe('/ConfigMap/shop/settings')
})

test.each([undefined, 'other'])('a cluster-scoped object that names %s gets no namespace', (namespace) => {
  const metadata = { name: 'shop', ...(namespace !== undefined && { namespace }) }
  const { key, manifest } = prepareOne({ apiVersion: 'v1', kind: 'Namespace', metadata })
  expect(key).toBe('/Namespace//shop')
  expect(manifest.metadata).toEqual({ name: 'shop' })
})

test('what the server sets, stale copies and marks are left out, and nothing given is changed', () => {
  const exported = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      generateName: 'web-',
      uid: 'a',
      resourceVersion: '1',
      generation: 4,
      selfLink: '/x',
      creationTimestamp: '2026-11-21T10:00:00Z',
      deletionTimestamp: '2026-11-21T10:00:00Z',
      deletionGracePeriodSeconds: 30,
      managedFields: [{ manager: 'kubectl' }],
      labels: { app: 'web', 'mooring.dev/installation': 'other' },
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
        'mooring.dev/owner': 'other/app/apps/Deployment/shop/web',
      },
      finalizers: ['example.com/keep'],
      ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'y' }],
    },
    spec: { replicas: 1, paused: null, template: { spec: { volumes: [{ name: 'tmp', emptyDir: {} }] } } },
    status: { replicas: 1 },
  }
  const before = structuredClone(exported)
  expect(normalised(exported)).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'shop',
      labels: { app: 'web' },
      finalizers: ['example.com/keep'],
      ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'y' }],
    },
    spec: { replicas: 1, template: { spec: { volumes: [{ name: 'tmp', emptyDir: {} }] } } },
  })
  expect(exported).toEqual(before)
})

test('empty labels and annotations are left out, and other empty maps stay', () => {
  const manifest = normalised(
    configMap({ data: {} }, { labels: {}, annotations: { 'mooring.dev/owner': 'x' } }),
  )
  expect(manifest).toEqual(configMap({ data: {} }, { namespace: 'shop' }))
})

test('values keep their form', () => {
  const spec = {
    cpu: '1000m',
    mode: '080',
    port: 8080,
    big: 9007199254740991,
    ratio: 0.1,
    on: false,
    list: [null, 1],
  }
  expect(normalised({ ...configMap(), kind: 'Deployment', apiVersion: 'apps/v1', spec }).spec).toEqual(spec)
})

test('stringData of a Secret becomes data, and wins over it', () => {
  const secret = {
    ...configMap(),
    kind: 'Secret',
    data: { a: 'b2xk', b: 'a2VlcA==' },
    stringData: { a: 'new', ü: 'grüße' },
  }
  expect(normalised(secret)).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'settings', namespace: 'shop' },
    data: { a: 'bmV3', b: 'a2VlcA==', ü: 'Z3LDvMOfZQ==' },
  })
})

test('a Secret without any content stays without', () => {
  const secret = { ...configMap(), kind: 'Secret' }
  expect(normalised({ ...secret, stringData: {} })).toEqual(normalised(secret))
  expect(normalised({ ...secret, stringData: {}, data: {} })).toEqual(normalised({ ...secret, data: {} }))
})

test('a Secret has one digest, whichever way it is written', () => {
  const digests = [
    { stringData: { a: 'new' } },
    { data: { a: 'bmV3' } },
    { data: { a: 'bmV3' }, stringData: {} },
  ].map((content) => prepareOne({ ...configMap(), kind: 'Secret', ...content }).digest)
  expect(new Set(digests).size).toBe(1)
})

test('the digest is keyed and does not depend on order, marks or the default namespace being written out', () => {
  const { digest } = prepareOne(configMap({ data: { a: '1', b: '2' } }))
  const same = [
    { kind: 'ConfigMap', metadata: { name: 'settings' }, data: { b: '2', a: '1' }, apiVersion: 'v1' },
    configMap({ data: { a: '1', b: '2' } }, { namespace: 'shop' }),
    configMap({ data: { a: '1', b: '2' }, status: {} }, { annotations: { 'mooring.dev/owner': 'x' } }),
  ].map((manifest) => prepareOne(manifest).digest)
  expect(new Set(same)).toEqual(new Set([digest]))
  expect(prepareOne(configMap({ data: { a: '1', b: '3' } })).digest).not.toBe(digest)
  const elsewhere = testCall({ digestKey: 'elsewhere' })
  expect(prepareOne(configMap({ data: { a: '1', b: '2' } }), { call: elsewhere }).digest).not.toBe(digest)
})

test('the digest is of what is applied, nothing else', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), fc.dictionary(fc.string(), fc.string()), (a, b) => {
      const [first, second] = [a, b].map((data) => prepareOne(configMap({ data })))
      expect(first?.digest === second?.digest).toBe(canonicalJson(a) === canonicalJson(b))
    }),
  )
})

const definition = (scope: string, version = 'v1') => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope,
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
    versions: [{ name: version, served: true, storage: true }],
  },
})
const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'one' } }

test.each([
  ['Namespaced', 'example.com/Widget/shop/one'],
  ['Cluster', 'example.com/Widget//one'],
])('a kind that a definition among the manifests makes %s is known before it is applied', (scope, key) => {
  const { desired, waiting } = prepareObjects([located(widget), located(definition(scope))], input)
  expect(waiting).toEqual([])
  expect(desired.map((one) => one.key)).toEqual([
    key,
    'apiextensions.k8s.io/CustomResourceDefinition//widgets.example.com',
  ])
})

test('an object of a kind that nobody defines waits, and the others go on', () => {
  const { desired, waiting } = prepareObjects(
    [located({ ...widget, metadata: { name: 'one', namespace: 'other' } }), located(configMap())],
    input,
  )
  expect(desired.map(({ key }) => key)).toEqual(['/ConfigMap/shop/settings'])
  expect(waiting).toEqual([
    {
      label: 'Widget other/one',
      reason: 'no CustomResourceDefinition serves example.com/v1 Widget',
      origin: { file: 'apps/web.yaml', line: 1, document: 2 },
    },
  ])
})

test.each([
  ['apps/v1beta1', 'the API server does not serve apps/v1beta1 Widget'],
  [
    'gateway.networking.k8s.io/v1',
    'neither the API server nor a CustomResourceDefinition serves gateway.networking.k8s.io/v1 Widget',
  ],
  [
    'example.com/v2',
    'the CustomResourceDefinition among these manifests serves Widget of example.com as v1, not as v2',
  ],
])('a kind of %s that is not there is told for what it is', (apiVersion, reason) => {
  const { waiting } = prepareObjects(
    [located({ ...widget, apiVersion }), located(definition('Cluster'))],
    input,
  )
  expect(waiting.map((one) => one.reason)).toEqual([reason])
})

test('a definition that makes no sense is left to the API server', () => {
  const { spec, ...rest } = definition('Cluster')
  const broken = { ...rest, spec: { ...spec, versions: [null, 7, {}] } }
  const { desired, waiting } = prepareObjects([located(broken), located(widget)], input)
  expect([desired.length, waiting.length]).toEqual([1, 1])
})

test.each<[what: string, manifest: unknown, problem: string]>([
  ['text', 'x', 'object without a kind without a name: expected an object, found a string'],
  ['nothing', null, 'expected an object, found nothing'],
  ['a list of objects', { apiVersion: 'v1', kind: 'List', items: [] }, 'expected one object, found a List'],
  [
    'no apiVersion',
    { ...configMap(), apiVersion: undefined },
    'apiVersion: expected VERSION or GROUP/VERSION such as apps/v1, found nothing',
  ],
  ['two slashes', { ...configMap(), apiVersion: 'a/b/c' }, 'such as apps/v1, found "a/b/c"'],
  [
    'a kind of two words',
    { ...configMap(), kind: 'Config Map' },
    'kind: expected letters and digits such as Deployment, found "Config Map"',
  ],
  [
    'no metadata',
    { apiVersion: 'v1', kind: 'ConfigMap' },
    'ConfigMap without a name: expected metadata with a name, found nothing',
  ],
  ['no name', configMap({}, { name: '' }), 'metadata.name: expected a name, found nothing'],
  [
    'generateName',
    configMap({}, { name: undefined, generateName: 'a-' }),
    'expected a name, found generateName',
  ],
  [
    'a number as name',
    configMap({}, { name: 1234 }),
    'metadata.name: expected text, found a number: put it in quotes',
  ],
  [
    'a slash in the name',
    configMap({}, { name: 'a/b' }),
    'metadata.name: expected a name without / and %, and not . or .., found "a/b"',
  ],
  ['an encoded name', configMap({}, { name: 'a%2fb' }), 'found "a%2fb"'],
  ['a way up', configMap({}, { name: '..' }), 'found ".."'],
  [
    'a number as namespace',
    configMap({}, { namespace: 1 }),
    'metadata.namespace: expected text, found a number',
  ],
  [
    'a namespace with capitals',
    configMap({}, { namespace: 'Shop' }),
    'with a letter or digit at both ends, found "Shop"',
  ],
  ['a long namespace', configMap({}, { namespace: 'a'.repeat(64) }), 'expected up to 63 lower-case letters'],
  [
    'a label that is a number',
    configMap({}, { labels: { tier: 1 } }),
    'metadata.labels["tier"]: expected text, found a number: put it in quotes',
  ],
  [
    'an annotation that is true',
    configMap({}, { annotations: { 'a/b': true } }),
    'metadata.annotations["a/b"]: expected text, found a boolean: put it in quotes',
  ],
  [
    'labels as a list',
    configMap({}, { labels: ['a'] }),
    'metadata.labels: expected a map of text, found a list',
  ],
  [
    'data that is a number',
    configMap({ data: { PORT: 8080 } }),
    'data["PORT"]: expected text, found a number: put it in quotes',
  ],
  [
    'binary data that is text',
    configMap({ binaryData: { a: 'not base64' } }),
    'binaryData["a"]: expected base64, found other text',
  ],
  [
    'a Secret with plain text',
    { ...configMap({ data: { a: 'hunter2' } }), kind: 'Secret' },
    'data["a"]: expected base64, found other text: plain text of a Secret belongs in stringData',
  ],
  [
    'a Secret with a number',
    { ...configMap({ stringData: { a: 1234 } }), kind: 'Secret' },
    'stringData["a"]: expected text, found a number',
  ],
  [
    'a kind without patch',
    { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: { name: 'a' } },
    'which the API server lets nobody patch',
  ],
  [
    'an annotation of ours with another value',
    configMap({}, { annotations: { 'mooring.dev/prune': 'off' } }),
    'annotation mooring.dev/prune: expected disabled, found "off"',
  ],
  [
    'more than 3 MiB',
    configMap({ data: { a: 'ä'.repeat(1_600_000) } }),
    'expected up to 3145728 bytes, the most that an API server accepts in a request, found 3200104',
  ],
  ['a number without JSON', configMap({ data2: Number.NaN }), 'Expected plain JSON, got NaN'],
])('%s is refused', (_, manifest, problem) => {
  const message = problemIn([manifest])
  expect(message).toContain('apps/web.yaml:1 (document 2), ')
  expect(message).toContain(problem)
})

test('an object without a namespace is refused where there is no default', () => {
  const { namespace: _, ...bare } = input
  expect(() => prepareObjects([located(configMap())], bare)).toThrow(
    'apps/web.yaml:1 (document 2), ConfigMap settings: metadata.namespace: expected a namespace, found none, and the ' +
      'target has no default: name one in either',
  )
})

test('all that is wrong is told at once, each with its place', () => {
  const message = problemIn([
    configMap({ data: { a: 1 } }, { labels: { b: true }, namespace: 'Shop' }),
    configMap(),
    { ...widget, metadata: {} },
    { ...configMap(), kind: 'Secret', data: { c: '?' } },
  ])
  for (const part of [
    'web.yaml:1 (document 2), ConfigMap Shop/settings: metadata.namespace: ',
    'metadata.labels["b"]',
    'data["a"]',
    'web.yaml:3 (document 2), Widget without a name: metadata.name',
    'web.yaml:4 (document 2), Secret settings: data["c"]',
  ]) {
    expect(message).toContain(part)
  }
  expect(message).not.toContain('web.yaml:2')
})

test('no value shows in an error', () => {
  const secret = { ...configMap(), kind: 'Secret', data: { a: 'hunter2!' }, stringData: { b: 123456 } }
  const message = problemIn([secret, configMap({ data: { c: 654321 } }, { labels: { d: 424242 } })])
  expect(message).not.toMatch(/hunter2|123456|654321|424242/)
})

test('base64 is read as the API server reads it', () => {
  const data = { a: '', b: 'YQ==', c: 'YWI=', d: 'YWJj', e: 'YWJj\nYWJj\r\n' }
  expect(normalised({ ...configMap({ data }), kind: 'Secret' }).data).toEqual(data)
  for (const wrong of ['Y', 'YQ=', 'YQ', '=', 'YQ==YQ==', 'Y-_=', 'Y Q=', 'A===']) {
    expect(problemIn([{ ...configMap({ data: { a: wrong } }), kind: 'Secret' }])).toContain('data["a"]')
  }
})

test('nothing that a manifest may be makes anything but a coded error', () => {
  const field = fc.constantFrom('apiVersion', 'kind', 'metadata', 'data', 'spec', 'items', '__proto__')
  const body = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(field, fc.oneof(fc.constantFrom('v1', 'Secret', 'ConfigMap'), fc.jsonValue())),
    fc.record({
      apiVersion: fc.constant('v1'),
      kind: fc.constant('Secret'),
      metadata: fc.jsonValue(),
      data: fc.jsonValue(),
    }),
  )
  fc.assert(
    fc.property(fc.array(body, { maxLength: 3 }), (bodies) => {
      try {
        prepareObjects(
          bodies.map((one) => located(one)),
          input,
        )
      } catch (thrown) {
        expect(isMooringError(thrown) && thrown.code).toBe('INVALID_MANIFEST')
      }
    }),
  )
})

test('a manifest that is nested too deep is refused', () => {
  let deep: unknown = 1
  for (let depth = 0; depth < 50_000; depth++) deep = { deep }
  expect(problemIn([configMap({ spec: deep })])).toContain('nested too deep')
})

test('an aborted call prepares nothing', () => {
  const signal = AbortSignal.abort('stopped')
  expect(() => prepareObjects([], { ...input, call: testCall({ signal }) })).toThrow('stopped')
})
