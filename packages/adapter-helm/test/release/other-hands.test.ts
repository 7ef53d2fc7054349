import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'
import { packChart } from '../../src/chart/pack-chart.ts'
import { configMap, demoChart } from '../charts.ts'
import { releaseScene } from './scene.ts'

const controlPlane = sharedControlPlane({ controllers: false })
const chart = (more: Record<string, string> = {}) =>
  demoChart('app', { 'prod.yaml': 'greeting: one\n', ...more })
const secret =
  'apiVersion: v1\nkind: Secret\nmetadata:\n  name: key\nstringData:\n  key: {{ .Values.key | quote }}\n'
const hook = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: migrate\n  annotations:\n    helm.sh/hook: pre-upgrade\n`

test('what is ignored stays as somebody else wrote it', async () => {
  const cp = controlPlane()
  const ignore = [{ kinds: ['ConfigMap'], pointers: ['/data/value'] }]
  const scene = await releaseScene(cp, {
    files: chart({ 'templates/other.yaml': configMap('other', 'x') }),
    release: { ignore: [{ ...ignore[0], names: ['rel-web'] }] },
  })
  const { namespace, told } = scene
  await scene.start()
  const path = `/api/v1/namespaces/${namespace}/configmaps`
  await cp.admin.call('PATCH', `${path}/rel-web`, { body: { data: { value: 'theirs' } } })
  await cp.admin.call('PATCH', `${path}/other`, { body: { data: { value: 'theirs' } } })
  await vi.waitFor(async () => expect((await scene.configMap('other'))?.data.value).toBe('x'), 20_000)
  expect((await scene.configMap('rel-web'))?.data.value).toBe('theirs')
  expect(told).toContain('update drift')
})

test('an upgrade is shown object by object before it happens, with hooks and without secrets', async () => {
  const cp = controlPlane()
  const values = (key: string, greeting: string) => `greeting: ${greeting}\nkey: ${key}\n`
  const scene = await releaseScene(cp, {
    files: chart({
      'templates/secret.yaml': secret,
      'templates/hook.yaml': hook,
      'prod.yaml': values('hunter2', 'one'),
    }),
    sync: { automated: false },
  })
  const { engine, source, history } = scene
  await engine.start()
  await engine.sync('app', { actor: 'test' })
  source.commit({ 'app/prod.yaml': values('hunter3', 'two') })
  await vi.waitFor(async () => expect((await engine.plan('app')).changes).toHaveLength(1), 20_000)
  const [change] = await engine.diff(await engine.plan('app'))
  const shown = JSON.stringify(change)
  expect(shown).toContain('two')
  expect(shown).toContain('ConfigMap migrate (pre-upgrade)')
  expect(shown).toMatch(/masked, digest/)
  expect(shown).not.toMatch(/hunter|aHVudGVy/)
  expect(await history()).toHaveLength(1)
})

test('a release of somebody else is held until the policy allows to take it over, with its history', async () => {
  const cp = controlPlane()
  const namespace = await cp.createNamespace()
  const folder = await mkdtemp(join(tmpdir(), 'helm-adoption-'))
  const files = new Map(Object.entries(demoChart()).map(([path, content]) => [path, Buffer.from(content)]))
  await writeFile(join(folder, 'demo.tgz'), packChart({ name: 'demo', files }))
  const careful = await releaseScene(cp, { files: chart(), namespace })
  await careful.helm('install', 'rel', join(folder, 'demo.tgz'))
  await rm(folder, { recursive: true })
  await careful.engine.start()
  await vi.waitFor(async () => {
    expect((await careful.engine.plan('app')).holds.map(({ code }) => code)).toContain('NOT_OWNED')
  }, 20_000)
  expect(await careful.history()).toHaveLength(1)
  await careful.engine.stop()

  const bold = await releaseScene(cp, { files: chart(), namespace, sync: { ownership: 'adopt-unowned' } })
  await bold.start()
  expect(bold.told).toEqual(['update adopted', 'synced'])
  expect(await bold.history()).toMatchObject([{ status: 'superseded' }, { status: 'deployed' }])
  expect((await bold.configMap('rel-web'))?.data.value).toBe('one')
})

test('helm test is a gate where it is asked for', async () => {
  const cp = controlPlane()
  const smoke =
    'apiVersion: v1\nkind: Pod\nmetadata:\n  name: smoke\n  annotations:\n    helm.sh/hook: test\nspec:\n  containers: [{ name: a, image: "a:1" }]\n'
  const scene = await releaseScene(cp, {
    files: chart(),
    release: { test: true, timeoutMs: 1500, remediation: { retries: 0 } },
  })
  await scene.start()
  await scene.commit({ 'app/templates/smoke.yaml': smoke, 'app/prod.yaml': 'greeting: two\n' })
  await vi.waitFor(() => expect(scene.told).toContain('failed update: HELM_RELEASE_GIVEN_UP'), 40_000)
  expect((await scene.configMap('rel-web'))?.data.value).toBe('one')
  expect((await scene.history()).at(-1)).toMatchObject({ status: 'deployed', description: 'Rollback to 1' })
})
