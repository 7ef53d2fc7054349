import { describe, expect, test } from 'vitest'
import { sharedControlPlane } from '../../../tools/control-plane/for-tests.ts'
import { scene, service } from './scene.ts'

const controlPlane = sharedControlPlane()

const configMap = (name: string, more = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}`
const widget = (group: string): string =>
  `apiVersion: ${group}/v1\nkind: Widget\nmetadata: { name: one }\nspec: { size: 1 }\n`
const definition = (group: string) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `widgets.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
})

/** Bad input of one application: the code, and what its message must name. */
const bad: readonly (readonly [what: string, files: Record<string, string>, code: string, names: RegExp])[] =
  [
    ['malformed YAML', { 'a.yaml': 'kind: [\n' }, 'MALFORMED_MANIFEST', /bad\/a\.yaml:\d/],
    [
      'a manifest that the API server refuses',
      { 'a.yaml': configMap('a'), 'b.yaml': `${service('web').trim()}\n  typo: true\n` },
      'REFUSED_BY_API_SERVER',
      /typo.*bad\/b\.yaml:\d|bad\/b\.yaml:\d.*typo/s,
    ],
    [
      'a namespace that nobody made',
      { 'a.yaml': configMap('a', '  namespace: nowhere-to-be-found\n') },
      'NAMESPACE_MISSING',
      /nowhere-to-be-found.*bad\/a\.yaml/s,
    ],
    [
      'a control object of Flux',
      { 'a.yaml': 'apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: { name: x }\n' },
      'CONTROL_OBJECT',
      /bad\/a\.yaml:1/,
    ],
  ]

describe('bad input', () => {
  test.each(bad)('%s is told with its place, and neighbours go on', async (_, files, code, names) => {
    const inBad = Object.fromEntries(Object.entries(files).map(([name, text]) => [`bad/${name}`, text]))
    const given = await scene({
      controlPlane: controlPlane(),
      files: { ...inBad, 'good/a.yaml': configMap('good') },
    })
    given.add('bad', 'bad', { intervalMs: 1_000, pruneBudget: { max: 9, shareOfFew: 1, shareOfMany: 1 } })
    given.add('good', 'good')
    await given.engine.start()
    await given.synced('good', await given.repository.idOf())
    await expect
      .poll(async () => (await given.engine.status('bad')).lastError?.code, { timeout: 30_000 })
      .toBe(code)
    const { lastError } = await given.engine.status('bad')
    expect(lastError?.message).toMatch(names)
    expect(lastError?.hint).toBeTruthy()
    await given.repository.commit({
      files: {
        ...Object.fromEntries(Object.keys(inBad).map((name) => [name, null])),
        'bad/c.yaml': configMap('c'),
      },
    })
    await given.synced('bad', await given.repository.idOf())
  })
})

test('a kind that is defined later, by somebody else, is waited for and then applied by the same operation', async () => {
  const cp = controlPlane()
  const group = 'later.example.com'
  const given = await scene({
    controlPlane: cp,
    files: { 'app/widget.yaml': widget(group), 'app/a.yaml': configMap('a') },
  })
  given.add('app', 'app')
  await given.engine.start()
  await expect
    .poll(async () => (await given.engine.status('app')).waiting, { timeout: 20_000 })
    .toMatchObject([{ label: expect.stringContaining('Widget'), code: 'UNKNOWN_KIND' }])
  await cp.admin.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    body: definition(group),
  })
  await given.synced('app', await given.repository.idOf())
  const outcomes = given.told.flatMap((event) => (event.type === 'operation.finished' ? [event.outcome] : []))
  expect(outcomes).toEqual(['synced'])
})

test('a deletion that a finalizer holds up is told with the finalizer, and ends when that is taken off', async () => {
  const given = await scene({
    controlPlane: controlPlane(),
    files: {
      'app/a.yaml': configMap('a'),
      'app/b.yaml': configMap('b', '  finalizers: [example.com/block]\n'),
    },
  })
  const { engine, repository, namespace, call } = given
  given.add('app', 'app', { pruneBudget: { max: 9, shareOfFew: 1, shareOfMany: 1 } })
  await engine.start()
  await given.synced('app', await repository.idOf())
  const commit = await repository.commit({ files: { 'app/b.yaml': null } })
  await expect
    .poll(async () => (await engine.status('app')).waiting.map(({ reason }) => reason).join(), {
      timeout: 20_000,
    })
    .toContain('example.com/block')
  await call('PATCH', `/api/v1/namespaces/${namespace}/configmaps/b`, {
    body: { metadata: { finalizers: null } },
  })
  await given.synced('app', commit)
})

test('an immutable field is told, and once the object is deleted the operation is tried again at once', async () => {
  const given = await scene({ controlPlane: controlPlane(), files: { 'app/web.yaml': service('web') } })
  const { engine, repository, namespace, call } = given
  given.add('app', 'app', { intervalMs: 3_600_000 })
  await engine.start()
  await given.synced('app', await repository.idOf())
  const other = service('web')
    .replace('matchLabels: { app: web }', 'matchLabels: { app: web, tier: front }')
    .replace('labels: { app: web }', 'labels: { app: web, tier: front }')
  const commit = await repository.commit({ files: { 'app/web.yaml': other } })
  await expect
    .poll(async () => (await engine.status('app')).lastOperation, { timeout: 20_000 })
    .toMatchObject({
      outcome: 'failed',
      reasons: [expect.stringMatching(/IMMUTABLE_FIELD.*app\/web\.yaml:\d/s)],
    })
  await call('DELETE', `/apis/apps/v1/namespaces/${namespace}/deployments/web`)
  await given.synced('app', commit)
})
