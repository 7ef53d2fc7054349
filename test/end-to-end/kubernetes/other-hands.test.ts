import type { EngineEvent } from '@mooring/core'
import { describe, expect, test } from 'vitest'
import { sharedControlPlane } from '../../../tools/control-plane/for-tests.ts'
import { scene, service } from './scene.ts'

const controlPlane = sharedControlPlane()
const reasons = (told: readonly EngineEvent[]): readonly string[] =>
  told.flatMap((event) =>
    event.type === 'change.applied' ? [`${event.change.label} ${event.change.reason}`] : [],
  )

/** A Deployment and a Service in sync, and the paths to them. */
async function web() {
  const given = await scene({ controlPlane: controlPlane(), files: { 'app/web.yaml': service('web') } })
  given.add('shop', 'app')
  await given.engine.start()
  const revision = await given.repository.idOf()
  await given.synced('shop', revision)
  given.told.length = 0
  const deployment = `/apis/apps/v1/namespaces/${given.namespace}/deployments/web`
  const services = `/api/v1/namespaces/${given.namespace}/services`
  const live = async () => (await given.call('GET', deployment)).body
  return { ...given, deployment, services, live, again: () => given.synced('shop', revision) }
}

describe('somebody else changes what is ours', () => {
  test('kubectl scale is undone', async () => {
    const { call, deployment, live, told, again } = await web()
    await call('PATCH', `${deployment}/scale`, { body: { spec: { replicas: 3 } } })
    await expect.poll(async () => (await live()).spec.replicas, { timeout: 20_000 }).toBe(1)
    await again()
    expect(reasons(told)).toEqual([expect.stringMatching(/^Deployment .*web drift$/)])
  })

  test('kubectl edit of a field of ours is undone, of a field of nobody stays', async () => {
    const { call, deployment, live, again } = await web()
    const edited = {
      metadata: { annotations: { note: 'mine' } },
      spec: {
        template: {
          spec: { containers: [{ name: 'server', image: 'evil:1', env: [{ name: 'A', value: 'b' }] }] },
        },
      },
    }
    await call('PATCH', `${deployment}?fieldManager=kubectl-edit`, {
      body: edited,
      contentType: 'application/strategic-merge-patch+json',
    })
    await expect
      .poll(async () => (await live()).spec.template.spec.containers[0].image, { timeout: 20_000 })
      .toBe('registry.example.com/web:1')
    await again()
    const { metadata, spec } = await live()
    expect(metadata.annotations.note).toBe('mine')
    expect(spec.template.spec.containers[0].env).toEqual([{ name: 'A', value: 'b' }])
  })

  test('a Service that is deleted comes back', async () => {
    const { call, services, told, again } = await web()
    const before = (await call('GET', `${services}/web`)).body.metadata.uid
    await call('DELETE', `${services}/web`)
    await expect
      .poll(async () => (await call('GET', `${services}/web`)).body.metadata?.uid ?? before, {
        timeout: 20_000,
      })
      .not.toBe(before)
    await again()
    expect(reasons(told)).toEqual([expect.stringMatching(/^Service .*web vanished$/)])
  })

  test('the label that our watch selects is put back', async () => {
    const { call, deployment, live, again } = await web()
    await call('PATCH', deployment, { body: { metadata: { labels: { 'mooring.dev/installation': null } } } })
    await expect
      .poll(async () => (await live()).metadata.labels, { timeout: 20_000 })
      .toHaveProperty(['mooring.dev/installation'])
    await again()
  })

  test('a controller that writes its value back again and again is contested, not fought at its own speed', async () => {
    const { engine, call, deployment, told, live } = await web()
    let writes = 0
    const fight = async (): Promise<void> => {
      if ((await live()).spec.replicas === 1) {
        await call('PATCH', `${deployment}?fieldManager=fighter`, { body: { spec: { replicas: 2 } } })
        writes++
      }
    }
    await expect
      .poll(async () => fight().then(() => told.some(({ type }) => type === 'drift.contested')), {
        timeout: 30_000,
        interval: 10,
      })
      .toBe(true)
    expect(told.find(({ type }) => type === 'drift.contested')).toMatchObject({
      causes: ['spec.replicas is owned by fighter (Update)'],
    })
    const healed = writes
    for (let look = 0; look < 100; look++) await fight()
    expect(writes - healed).toBeLessThanOrEqual(1)
    expect((await engine.status('shop')).sync).toBe('out-of-sync')
  })
})

describe('what only looks like ours', () => {
  test('annotations that a controller copies to what it makes do not make that ours', async () => {
    const { namespace, call, engine, told } = await web()
    const { items } = (await call('GET', `/apis/apps/v1/namespaces/${namespace}/replicasets`)).body
    const [replicaSet] = items
    const mark = (await call('GET', `/apis/apps/v1/namespaces/${namespace}/deployments/web`)).body.metadata
      .annotations['mooring.dev/owner']
    expect(replicaSet.metadata.annotations['mooring.dev/owner']).toBe(mark)
    const { outcome } = await engine.sync('shop', { actor: 'test' })
    expect(outcome).toBe('synced')
    expect(reasons(told)).toEqual([])
    expect((await call('GET', `/apis/apps/v1/namespaces/${namespace}/replicasets`)).body.items).toHaveLength(
      1,
    )
  })

  test('an object made by hand under our name before us is held, and left exactly as it is', async () => {
    const cp = controlPlane()
    const given = await scene({ controlPlane: cp, files: { 'app/web.yaml': service('web') } })
    const { namespace, engine, call, told } = given
    const path = `/api/v1/namespaces/${namespace}/services`
    const body = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { ports: [{ port: 99 }] },
    }
    const made = (await call('POST', path, { body })).body
    given.add('shop', 'app')
    await engine.start()
    await expect
      .poll(async () => (await engine.status('shop')).holds.map(({ code }) => code), { timeout: 20_000 })
      .toEqual(['NOT_OWNED'])
    expect((await call('GET', `${path}/web`)).body).toEqual(made)
    await expect
      .poll(() => reasons(told), { timeout: 20_000 })
      .toEqual([expect.stringMatching(/^Deployment .*web added$/)])
  })
})
