import { describe, expect, test, vi } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'
import { configMap, demoChart } from '../charts.ts'
import { releaseScene } from './scene.ts'

const controlPlane = sharedControlPlane({ controllers: false })
const chart = (more: Record<string, string> = {}) =>
  demoChart('app', { 'prod.yaml': 'greeting: one\n', ...more })

describe('a release', () => {
  test('is installed, upgraded by commit and seen by helm as by Mooring, and costs nothing at rest', async () => {
    const cp = controlPlane()
    const scene = await releaseScene(cp, { files: chart() })
    const { engine, told, started, history } = scene
    await scene.start()
    expect(told).toEqual(['create added', 'synced'])
    expect(await scene.configMap('rel-web')).toMatchObject({ data: { value: 'one' } })
    expect(await history()).toMatchObject([{ revision: 1, status: 'deployed' }])

    await scene.commit({ 'app/prod.yaml': 'greeting: two\n' })
    expect(told).toEqual(['create added', 'synced', 'update changed', 'synced'])
    expect(await scene.configMap('rel-web')).toMatchObject({ data: { value: 'two' } })
    expect(await history()).toMatchObject([{ status: 'superseded' }, { status: 'deployed' }])
    expect(await scene.helm('get', 'values', 'rel', '--output=json')).toContain('"two"')

    const before = started.length
    await engine.sync('app', { actor: 'test' })
    expect(await engine.status('app')).toMatchObject({ sync: 'synced', health: 'healthy' })
    expect(started).toHaveLength(before)
    expect(await history()).toHaveLength(2)
  })

  test('that somebody changed is healed object by object, without a revision', async () => {
    const cp = controlPlane()
    const scene = await releaseScene(cp, { files: chart() })
    const { started, history, namespace } = scene
    await scene.start()
    const before = started.length
    const path = `/api/v1/namespaces/${namespace}/configmaps/rel-web`
    await cp.admin.call('PATCH', path, { body: { data: { value: 'changed', theirs: 'kept' } } })
    await vi.waitFor(async () => expect((await scene.configMap('rel-web'))?.data.value).toBe('one'), 20_000)
    expect((await scene.configMap('rel-web'))?.data.theirs).toBe('kept')
    await cp.admin.call('DELETE', path)
    await vi.waitFor(async () => expect((await scene.configMap('rel-web'))?.data.value).toBe('one'), 20_000)
    expect(started).toHaveLength(before)
    expect(await history()).toHaveLength(1)
    expect(scene.told.filter((line) => line === 'update drift').length).toBeGreaterThanOrEqual(2)
  })

  test('of which somebody has changed a field and changed it back is watched as before', async () => {
    const cp = controlPlane()
    const scene = await releaseScene(cp, { files: chart() })
    const { engine, namespace } = scene
    await scene.start()
    await engine.suspend('app', { actor: 'test' })
    const path = `/api/v1/namespaces/${namespace}/configmaps/rel-web`
    for (const value of ['theirs', 'one']) await cp.admin.call('PATCH', path, { body: { data: { value } } })
    await engine.resume('app', { actor: 'test' })
    await vi.waitFor(() => expect(scene.told).toContain('update drift'), 20_000)
    await cp.admin.call('PATCH', path, { body: { data: { value: 'theirs again' } } })
    await vi.waitFor(async () => expect((await scene.configMap('rel-web'))?.data.value).toBe('one'), 20_000)
  })

  test('whose upgrade fails is tried again, rolled back, and then left until it changes', async () => {
    const cp = controlPlane()
    const scene = await releaseScene(cp, { files: chart() })
    const { engine, told, history } = scene
    await scene.start()
    // Refused by the API server: a name may hold no capitals.
    await scene.commit({
      'app/templates/bad.yaml': configMap('Bad_Name', 'x'),
      'app/prod.yaml': 'greeting: two\n',
    })
    await vi.waitFor(() => expect(told.at(-1)).toBe('failed'), 40_000)
    expect(told).toContain('failed update: HELM_RUN_FAILED')
    expect(told).toContain('failed update: HELM_RELEASE_GIVEN_UP')
    expect(await history()).toMatchObject([
      {},
      { status: 'failed' },
      { status: 'failed' },
      { status: 'deployed' },
    ])
    expect(await scene.configMap('rel-web')).toMatchObject({ data: { value: 'one' } })

    await engine.sync('app', { actor: 'test' })
    expect(await history()).toHaveLength(4)
    await scene.commit({ 'app/templates/bad.yaml': null, 'app/prod.yaml': 'greeting: three\n' })
    await vi.waitFor(() => expect(told.at(-1)).toBe('synced'), 20_000)
    expect(await scene.configMap('rel-web')).toMatchObject({ data: { value: 'three' } })
  })

  test('whose objects do not come up after an upgrade, and not the second time, goes back to what was fit', async () => {
    const cp = controlPlane()
    const scene = await releaseScene(cp, { files: chart(), release: { timeoutMs: 2000 } })
    const { told, history } = scene
    await scene.start()
    // Nobody runs pods here.
    const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: idle }
spec:
  selector: { matchLabels: { app: idle } }
  template:
    metadata: { labels: { app: idle } }
    spec: { containers: [{ name: a, image: "a:1" }] }
`
    await scene.commit({ 'app/templates/idle.yaml': deployment, 'app/prod.yaml': 'greeting: two\n' })
    await vi.waitFor(() => expect(told.at(-1)).toBe('failed'), 60_000)
    expect(told).toContain('failed update: HELM_RELEASE_NOT_READY')
    expect(told).toContain('failed update: HELM_RELEASE_GIVEN_UP')
    const all = await history()
    expect(all).toHaveLength(4)
    expect(all.at(-1)).toMatchObject({ status: 'deployed', description: 'Rollback to 1' })
    expect(all[2]).toMatchObject({ description: expect.stringContaining('Not healthy within 2 s') })
    expect(await scene.configMap('rel-web')).toMatchObject({ data: { value: 'one' } })
  }, 90_000)

  test('that somebody upgraded by hand is taken back to what Git says', async () => {
    const cp = controlPlane()
    const scene = await releaseScene(cp, { files: chart() })
    const { engine, history } = scene
    await scene.start()
    await scene.helm('rollback', 'rel', '1')
    await vi.waitFor(async () => expect(await history()).toHaveLength(3), 20_000)
    // What was seen while the other one was at it still is told apart as unsettled: it is taken back all the same.
    const undone = () => scene.told.some((line) => line === 'update drift' || line === 'update unsettled')
    await vi.waitFor(() => expect(undone()).toBe(true), 20_000)
    await vi.waitFor(async () => expect(await engine.status('app')).toMatchObject({ sync: 'synced' }), 20_000)
  })

  test('that was cut off in the midst is recovered when nobody is at it any more', async () => {
    const cp = controlPlane()
    const scene = await releaseScene(cp, { files: chart(), target: { stuckAfterMs: 0 } })
    const { history, namespace } = scene
    await scene.start()
    // As a kill leaves it: the last revision is pending.
    const secret = `/api/v1/namespaces/${namespace}/secrets/sh.helm.release.v1.rel.v1`
    const { body } = await cp.admin.call('GET', secret)
    const { gunzipSync, gzipSync } = await import('node:zlib')
    const release = JSON.parse(
      gunzipSync(Buffer.from(Buffer.from(body.data.release, 'base64').toString(), 'base64')).toString(),
    )
    release.info.status = 'pending-upgrade'
    const packed = Buffer.from(gzipSync(JSON.stringify(release)).toString('base64')).toString('base64')
    await cp.admin.call('PATCH', secret, {
      body: { metadata: { labels: { status: 'pending-upgrade' } }, data: { release: packed } },
    })
    await scene.commit({ 'app/prod.yaml': 'greeting: two\n' })
    await vi.waitFor(async () => expect((await scene.configMap('rel-web'))?.data.value).toBe('two'), 20_000)
    expect(await history()).toMatchObject([{}, { status: 'deployed' }])
  })
})
