import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kubernetesCluster, manifests } from '@mooring/adapter-kubernetes'
import { createEngine, defineApplication, type Engine } from '@mooring/core'
import { gitSource } from '@mooring/source-git'
import { sqliteStore } from '@mooring/store-sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { sharedControlPlane } from '../../../tools/control-plane/for-tests.ts'
import type { ControlPlane } from '../../../tools/control-plane/index.ts'
import { serveGit } from '../../../tools/git-http-server/index.ts'
import { testRepository } from '../../../tools/git-repository/index.ts'
import { service } from './scene.ts'

const controlPlane = sharedControlPlane()

describe('a bad release', () => {
  test('is stopped in its first stage, rolled back in one call, and stays so through a restart and new commits', async () => {
    const given = await story(controlPlane())
    const { repository, imageOf, generationOf } = given
    const good = await repository.commit({
      message: 'One',
      files: release('1', '1'),
      author: 'Ada <ada@example.com>',
    })
    let engine = await given.start()
    await given.isAt(engine, good)
    const workerBefore = await generationOf('worker')

    const bad = await repository.commit({
      message: 'Two\n\nfaster',
      files: release('broken', '2'),
      author: 'Eve <eve@example.com>',
    })
    const began = Date.now()
    await expect
      .poll(async () => (await engine.history('shop'))[0], { timeout: 60_000 })
      .toMatchObject({
        outcome: 'failed',
        cause: 'commit',
        actor: 'Eve <eve@example.com>',
        from: good,
        to: bad,
        message: 'Two',
        revision: { author: 'Eve <eve@example.com>', message: 'Two' },
        reasons: [expect.stringContaining('CrashLoopBackOff')],
      })
    // The stage behind the gate was not touched.
    expect(await generationOf('worker')).toBe(workerBefore)
    expect(await imageOf('worker')).toContain('worker:1')
    expect(await imageOf('web')).toContain('web:broken')

    const result = await engine.rollback('shop', { to: 'previous', actor: 'grace', reason: 'web crashes' })
    expect(result).toMatchObject({ outcome: 'synced', revision: { id: good }, reasons: [] })
    expect(await imageOf('web')).toContain('web:1')
    const [back] = await engine.history('shop')
    expect(back).toMatchObject({ cause: 'rollback', actor: 'grace', message: 'web crashes', to: good })
    // From the first sign of trouble to the end of the rollback, which stands in the history for reports.
    expect(back?.recoveredMs).toBeGreaterThan(0)
    expect(back?.recoveredMs).toBeLessThanOrEqual(Date.now() - began)

    await engine.stop()
    const third = await repository.commit({ message: 'Three', files: release('3', '3') })
    engine = await given.start()
    await expect
      .poll(() => engine.status('shop'), { timeout: 60_000 })
      .toMatchObject({
        sync: 'synced',
        health: 'healthy',
        desired: { id: good },
        latest: { id: third },
        pin: { by: 'grace', reason: 'web crashes', revision: { id: good } },
      })
    expect(await engine.sync('shop', { actor: 'ci' })).toMatchObject({
      outcome: 'synced',
      revision: { id: good },
    })
    expect(await imageOf('web')).toContain('web:1')

    await engine.unpin('shop', { actor: 'grace', reason: 'mended' })
    await given.isAt(engine, third)
    expect(await imageOf('web')).toContain('web:3')
    expect((await engine.status('shop')).pin).toBeUndefined()
  })
})

/** One engine after the other on the same store, between a repository and a namespace. */
async function story(cluster: ControlPlane) {
  const namespace = await cluster.createNamespace()
  const repository = await testRepository()
  const server = await serveGit({ root: repository.root })
  const folder = await mkdtemp(join(tmpdir(), 'mooring-story-'))
  let engine: Engine | undefined
  onTestFinished(async () => {
    await engine?.stop({ drainMs: 1_000 })
    await server[Symbol.asyncDispose]()
    await repository[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })
  const start = async (): Promise<Engine> => {
    const { target } = kubernetesCluster({ kubeconfig: { text: cluster.admin.kubeconfig } })
    engine = createEngine({ store: sqliteStore(join(folder, 'mooring.db')) })
    engine.add(
      defineApplication({
        name: 'shop',
        source: gitSource({ url: `${server.url}/${repository.name}`, pollMs: 200 }),
        path: 'shop',
        renderer: manifests(),
        target: target({ namespace }),
        sync: { prune: true, deadlineMs: 12_000 },
      }),
    )
    await engine.start()
    return engine
  }
  const isAt = (running: Engine, id: string): Promise<void> =>
    expect
      .poll(() => running.status('shop'), { timeout: 60_000 })
      .toMatchObject({ sync: 'synced', health: 'healthy', applied: { id } })
  const deployment = async (name: string): Promise<Deployment> => {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`
    return (await cluster.admin.call('GET', path)).body as Deployment
  }
  return {
    repository,
    start,
    isAt,
    imageOf: async (name: string) => (await deployment(name)).spec.template.spec.containers[0]?.image,
    generationOf: async (name: string) => (await deployment(name)).metadata.generation,
  }
}

interface Deployment {
  readonly metadata: { readonly generation: number }
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } }
  }
}

/** A web server, and a worker in the stage after it. */
const release = (web: string, worker: string): Record<string, string> => ({
  'shop/web.yaml': service('web', `registry.example.com/web:${web}`),
  'shop/worker.yaml': service('worker', `registry.example.com/worker:${worker}`).replaceAll(
    '\nmetadata:\n',
    '\nmetadata:\n  annotations: { mooring.dev/wave: "1" }\n',
  ),
})
