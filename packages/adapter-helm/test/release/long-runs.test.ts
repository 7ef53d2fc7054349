import { readdirSync, readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'
import { configMap, demoChart } from '../charts.ts'
import { releaseScene } from './scene.ts'

const controlPlane = sharedControlPlane({ controllers: false })
const chart = (more: Record<string, string> = {}) =>
  demoChart('app', { 'prod.yaml': 'greeting: one\n', ...more })

/** Nobody runs it here, so Helm waits for it. */
const endlessJob = `apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations:
    helm.sh/hook: pre-upgrade
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: a, image: "a:1" }]
`

/** Ids of the processes of Helm that upgrade in this namespace: ours, or somebody else's. */
const upgradesIn = (namespace: string, isOurs = true): readonly number[] =>
  readdirSync('/proc').flatMap((id) => {
    if (!/^\d+$/.test(id)) return []
    try {
      const line = readFileSync(`/proc/${id}/cmdline`, 'utf8')
      return line.includes('mooring.dev/run') === isOurs &&
        line.includes('upgrade') &&
        `${line}\0`.includes(`--namespace=${namespace}\0`)
        ? [Number(id)]
        : []
    } catch {
      return []
    }
  })

test('a long upgrade holds no worker and is told as progressing; killed, it is taken up again', async () => {
  const cp = controlPlane()
  const scene = await releaseScene(cp, { files: chart(), target: { patienceMs: 100 } })
  const { engine, source, history, namespace, told } = scene
  await scene.start()
  source.commit({ 'app/templates/job.yaml': endlessJob, 'app/prod.yaml': 'greeting: two\n' })
  for (let kill = 0; kill < 2; kill++) {
    const pids = await vi.waitFor(async () => {
      expect((await history()).at(-1)).toMatchObject({ status: 'pending-upgrade' })
      const found = upgradesIn(namespace)
      expect(found).toHaveLength(1)
      return found
    }, 30_000)
    await vi.waitFor(
      async () => expect(await engine.status('app')).toMatchObject({ health: 'progressing' }),
      10_000,
    )
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    await vi.waitFor(
      () => expect(told.filter((line) => line === 'failed update: HELM_RUN_FAILED')).toHaveLength(kill + 1),
      10_000,
    )
  }
  source.commit({ 'app/templates/job.yaml': null })
  await vi.waitFor(async () => expect((await scene.configMap('rel-web'))?.data.value).toBe('two'), 50_000)
  const all = await history()
  expect(all.filter(({ status }) => status.startsWith('pending'))).toEqual([])
  // No revision is lost.
  expect(all.map(({ revision }) => revision)).toEqual(all.map((_, at) => at + 1))
})

test('a stop ends an upgrade in order, and that counts as no failure of the chart', async () => {
  const cp = controlPlane()
  const scene = await releaseScene(cp, { files: chart(), target: { patienceMs: 100 } })
  const { engine, source, history, namespace } = scene
  await scene.start()
  source.commit({ 'app/templates/job.yaml': endlessJob })
  await vi.waitFor(() => expect(upgradesIn(namespace)).toHaveLength(1), 30_000)
  await vi.waitFor(
    async () => expect((await history()).at(-1)).toMatchObject({ status: 'pending-upgrade' }),
    20_000,
  )
  await engine.stop()
  expect(upgradesIn(namespace)).toEqual([])
  expect((await history()).at(-1)).toMatchObject({ status: 'failed' })
  const secret = `/api/v1/namespaces/${namespace}/secrets/sh.helm.release.v1.rel.v2`
  const { body } = await cp.admin.call('GET', secret)
  expect(body.metadata.labels['mooring.dev/digest']).toBeUndefined()
})

test("a colleague's upgrade in progress is left alone", async () => {
  const cp = controlPlane()
  const scene = await releaseScene(cp, { files: chart() })
  const { engine, source, told, helm, namespace } = scene
  await scene.start()
  const { mkdtemp, mkdir, writeFile, rm } = await import('node:fs/promises')
  const folder = await mkdtemp('/tmp/helm-colleague-')
  await mkdir(`${folder}/templates`)
  await writeFile(`${folder}/Chart.yaml`, 'apiVersion: v2\nname: demo\nversion: 1.2.3\n')
  await writeFile(`${folder}/templates/job.yaml`, endlessJob)
  await writeFile(`${folder}/templates/a.yaml`, configMap('theirs', 'x'))
  const theirs = helm('upgrade', 'rel', folder, '--timeout=120s')
  await vi.waitFor(
    async () => expect((await scene.history()).at(-1)).toMatchObject({ status: 'pending-upgrade' }),
    20_000,
  )
  source.commit({ 'app/prod.yaml': 'greeting: two\n' })
  await vi.waitFor(() => expect(told).toContain('failed update: HELM_RELEASE_BUSY'), 20_000)
  expect((await scene.history()).at(-1)).toMatchObject({ status: 'pending-upgrade' })
  for (const pid of upgradesIn(namespace, false)) process.kill(pid, 'SIGTERM')
  await theirs
  await rm(folder, { recursive: true })
  await vi.waitFor(async () => expect((await scene.configMap('rel-web'))?.data.value).toBe('two'), 50_000)
  await vi.waitFor(async () => expect((await engine.status('app')).sync).toBe('synced'), 20_000)
})
