import type { EngineEvent } from '@mooring/core'
import { expect, test } from 'vitest'
import { sharedControlPlane } from '../../../tools/control-plane/for-tests.ts'
import { scene, service } from './scene.ts'

const controlPlane = sharedControlPlane()
const allowed = 'annotations: { mooring.dev/replace: allowed }'

const job = (image: string, annotations = ''): string => `
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  ${annotations}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: run, image: 'registry.example.com/${image}' }]
`
const addressed = (clusterIP: string): string => `
apiVersion: v1
kind: Service
metadata: { name: fixed, ${allowed} }
spec:
  clusterIP: ${clusterIP}
  selector: { app: fixed }
  ports: [{ port: 80 }]
`
const labelled = (label: string): string =>
  service('web')
    .replace('  name: web', `  name: web\n  ${allowed}`)
    .replaceAll('{ app: web }', `{ app: web, release: ${label} }`)

const writes = (told: readonly EngineEvent[]): readonly string[] =>
  told.flatMap((event) =>
    event.type === 'change.applied' ? [`${event.change.action} ${event.change.label.split(' ')[0]}`] : [],
  )

test('a Job, a clusterIP and a selector are replaced where their manifest allows it', async () => {
  const given = await scene({
    controlPlane: controlPlane(),
    files: {
      'app/job.yaml': job('migrate:complete', allowed),
      'app/fixed.yaml': addressed('10.0.0.77'),
      'app/web.yaml': labelled('one'),
    },
    sync: { pruneBudget: { max: 10, shareOfFew: 1, shareOfMany: 1 } },
  })
  const { engine, repository, namespace, call, told } = given
  given.add('shop', 'app')
  await engine.start()
  await given.synced('shop', await repository.idOf())
  const paths = [
    `/apis/batch/v1/namespaces/${namespace}/jobs/migrate`,
    `/api/v1/namespaces/${namespace}/services/fixed`,
    `/apis/apps/v1/namespaces/${namespace}/deployments/web`,
  ]
  const uids = async (): Promise<readonly string[]> =>
    Promise.all(paths.map(async (path) => (await call('GET', path)).body.metadata.uid))
  const before = await uids()
  told.length = 0
  const changed = await repository.commit({
    files: {
      'app/job.yaml': job('migrate-again:complete', allowed),
      'app/fixed.yaml': addressed('10.0.0.78'),
      'app/web.yaml': labelled('two'),
    },
  })
  await given.synced('shop', changed)
  const after = await uids()
  for (const [index, uid] of after.entries()) expect(uid).not.toBe(before[index])
  expect(writes(told).toSorted()).toEqual(
    [
      'create Deployment',
      'create Job',
      'create Service',
      'replace Deployment',
      'replace Job',
      'replace Service',
      'update Service',
    ].toSorted(),
  )
  const [latest] = await engine.history('shop')
  expect(latest?.counts).toMatchObject({ replaced: 3, created: 0, deleted: 0 })
})

test('a Job that does not allow it stays as it is, and the error says what would', async () => {
  const given = await scene({
    controlPlane: controlPlane(),
    files: { 'app/job.yaml': job('migrate:complete') },
  })
  const { engine, repository, namespace, call } = given
  given.add('shop', 'app')
  await engine.start()
  await given.synced('shop', await repository.idOf())
  const path = `/apis/batch/v1/namespaces/${namespace}/jobs/migrate`
  const { uid } = (await call('GET', path)).body.metadata
  await repository.commit({ files: { 'app/job.yaml': job('migrate:2') } })
  const error = async () => (await engine.status('shop')).lastError
  await expect.poll(error, { timeout: 20_000 }).toMatchObject({ code: 'IMMUTABLE_FIELD' })
  expect((await error())?.hint).toContain('mooring.dev/replace: allowed')
  expect((await call('GET', path)).body.metadata.uid).toBe(uid)
})

test('nothing is deleted where the server would refuse the new object', async () => {
  const given = await scene({
    controlPlane: controlPlane(),
    files: { 'app/job.yaml': job('migrate:complete', allowed) },
  })
  const { engine, repository, namespace, call } = given
  given.add('shop', 'app')
  await engine.start()
  await given.synced('shop', await repository.idOf())
  const path = `/apis/batch/v1/namespaces/${namespace}/jobs/migrate`
  const { uid } = (await call('GET', path)).body.metadata
  const invalid = job('migrate:2', allowed).replace('restartPolicy: Never', 'restartPolicy: Always')
  await repository.commit({ files: { 'app/job.yaml': invalid } })
  await expect
    .poll(async () => (await engine.status('shop')).lastError?.message, { timeout: 20_000 })
    .toContain('restartPolicy')
  expect((await call('GET', path)).body.metadata).toMatchObject({ uid })
  expect((await call('GET', path)).body.metadata.deletionTimestamp).toBeUndefined()
})

test('a prune in stages waits for a finalizer as a state, and what it depended on stays until then', async () => {
  const configMap = (name: string, annotations = ''): string =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, ${annotations} }\n`
  const later = "annotations: { mooring.dev/wave: '5' }"
  const given = await scene({
    controlPlane: controlPlane(),
    files: {
      'app/first.yaml': configMap('first'),
      'app/last.yaml': configMap('last', later),
      'app/keep.yaml': configMap('keep'),
    },
    sync: { pruneBudget: { max: 10, shareOfFew: 1, shareOfMany: 1 } },
  })
  const { engine, repository, namespace, call } = given
  given.add('shop', 'app')
  await engine.start()
  await given.synced('shop', await repository.idOf())
  const path = (name: string): string => `/api/v1/namespaces/${namespace}/configmaps/${name}`
  const contentType = 'application/merge-patch+json'
  const finalizers = async (names: readonly string[]): Promise<unknown> =>
    call('PATCH', path('last'), { body: { metadata: { finalizers: names } }, contentType })
  await finalizers(['example.com/wait'])
  const removed = await repository.commit({ files: { 'app/first.yaml': null, 'app/last.yaml': null } })
  const waiting = async () => (await engine.status('shop')).waiting.map(({ reason }) => reason)
  await expect.poll(waiting, { timeout: 20_000 }).toEqual([expect.stringContaining('example.com/wait')])
  expect((await call('GET', path('first'))).status).toBe(200)
  await finalizers([])
  await given.synced('shop', removed)
  expect((await call('GET', path('first'))).status).toBe(404)
})
