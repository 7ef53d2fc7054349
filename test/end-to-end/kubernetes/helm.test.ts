import { helmProgram, helmRelease, helmReleases, helmTemplate } from '@mooring/adapter-helm'
import { kubernetesCluster } from '@mooring/adapter-kubernetes'
import { createEngine, defineApplication, type Engine, memoryStore, type Renderer } from '@mooring/core'
import { gitSource } from '@mooring/source-git'
import { describe, expect, onTestFinished, test } from 'vitest'
import { sharedControlPlane } from '../../../tools/control-plane/for-tests.ts'
import type { ControlPlane } from '../../../tools/control-plane/index.ts'
import { serveGit } from '../../../tools/git-http-server/index.ts'
import { testRepository } from '../../../tools/git-repository/index.ts'
import { helmPath } from '../../../tools/parts/helm.ts'
import { run } from '../../../tools/parts/run.ts'
import { type ChartUnderTest, chartsUnderTest } from './helm-charts.ts'

const controlPlane = sharedControlPlane()

describe.each(await chartsUnderTest())('the chart $name', (chart) => {
  test('as manifests is installed, upgraded, healed, rolled back by a person, and pruned with consent', {
    timeout: 120_000,
  }, async () => {
    const given = await stage(controlPlane(), chart, 'render')
    const { engine, live } = given
    await given.installedUpgradedAndHealed()
    const good = await given.headOf()

    await given.commit({ tag: 'broken', replicas: 2 })
    const failed = await given.lastFailed()
    expect(failed.reasons.join()).toContain('CrashLoopBackOff')
    expect((await live())?.image).toContain(':broken')
    const back = await engine.rollback('shop', { to: 'previous', actor: 'grace', reason: 'it crashes' })
    expect(back).toMatchObject({ outcome: 'synced', revision: { id: good } })
    expect((await engine.history('shop'))[0]).toMatchObject({ cause: 'rollback', actor: 'grace' })
    expect((await live())?.image).not.toContain(':broken')
    expect(await given.helm('list', '--all', '--short')).toBe('')

    await engine.unpin('shop', { actor: 'grace' })
    await given.leavesGit('PRUNE_BUDGET')
    await expect.poll(live, { timeout: 30_000 }).toBeUndefined()
  })

  test('as a release is installed, upgraded, healed, rolled back by policy, and uninstalled with consent', {
    timeout: 120_000,
  }, async () => {
    const given = await stage(controlPlane(), chart, 'release')
    const { engine, live, helm } = given
    await given.installedUpgradedAndHealed()
    // The heal made no revision.
    expect(await given.helmHistory()).toMatchObject([{ status: 'superseded' }, { status: 'deployed' }])
    expect(JSON.parse(await helm('get', 'values', 'shop', '--output=json'))).toEqual(
      chart.values({ tag: '1', replicas: 2 }),
    )

    await given.commit({ tag: 'broken', replicas: 2 })
    const failed = await given.lastFailed()
    expect(failed.reasons.join()).toMatch(
      /within 20 s of its upgrade, found Deployment .*; rolled back to revision 2/,
    )
    const { lastError, sync, health } = await engine.status('shop')
    expect({ code: lastError?.code, sync, health }).toEqual({
      code: 'HELM_RELEASE_GIVEN_UP',
      sync: 'out-of-sync',
      health: 'healthy',
    })
    expect((await live())?.image).toContain(':1')
    expect(await given.helmHistory()).toMatchObject([
      { revision: 1, status: 'superseded' },
      { revision: 2, status: 'superseded' },
      {
        revision: 3,
        status: 'failed',
        description: expect.stringMatching(/^Not healthy within 20 s: Deployment/),
      },
      { revision: 4, status: 'deployed', description: 'Rollback to 2' },
    ])

    const mended = await given.commit({ tag: '3', replicas: 1 })
    await given.isAt(mended)
    expect(JSON.parse(await helm('list', '--output=json'))).toMatchObject([
      { name: 'shop', namespace: given.namespace, revision: '5', status: 'deployed' },
    ])
    expect(JSON.parse(await helm('get', 'values', 'shop', '--output=json'))).toEqual(
      chart.values({ tag: '3', replicas: 1 }),
    )
    await given.leavesGit('CASCADING_DELETE')
    await expect.poll(live, { timeout: 30_000 }).toBeUndefined()
    expect(await helm('list', '--all', '--short')).toBe('')
  })
})

/** An engine that keeps one chart, by one of the two ways, between Git over HTTP and a real control plane. */
async function stage(cp: ControlPlane, chart: ChartUnderTest, way: 'render' | 'release') {
  const namespace = await cp.createNamespace()
  const repository = await testRepository()
  const server = await serveGit({ root: repository.root })
  const filesFor = (wanted: Parameters<typeof chart.values>[0]) => ({
    'shop/prod.json': JSON.stringify(chart.values(wanted)),
  })
  await repository.commit({
    message: 'first',
    files: { ...chart.files, ...filesFor({ tag: '1', replicas: 1 }) },
  })
  const cluster = kubernetesCluster({ kubeconfig: { text: cp.admin.kubeconfig } })
  const helm = helmProgram({ path: await helmPath() })
  const source = gitSource({ url: `${server.url}/${repository.name}`, pollMs: 200 })
  const engine = createEngine({ store: memoryStore(), installation: namespace })
  const values = [{ file: 'prod.json' }]
  const common = { name: 'shop', source, path: 'shop' }
  const sync = { prune: true, allowEmpty: true, deadlineMs: way === 'render' ? 12_000 : 60_000 }
  engine.add(
    way === 'render'
      ? defineApplication({
          ...common,
          renderer: whileThere(helmTemplate({ helm, releaseName: 'shop', namespace, values })),
          target: cluster.target({ namespace }),
          sync,
        })
      : defineApplication({
          ...common,
          renderer: whileThere(
            helmRelease({
              releaseName: 'shop',
              namespace,
              values,
              timeoutMs: 20_000,
              remediation: { retries: 0, fallback: 'rollback' },
            }),
          ),
          target: helmReleases({ cluster, helm }),
          sync,
        }),
  )
  onTestFinished(async () => {
    await engine.stop({ drainMs: 1_000 })
    await cluster[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
    await repository[Symbol.asyncDispose]()
  })
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${chart.deployment}`
  const live = async (): Promise<{ readonly image: string; readonly replicas: number } | undefined> => {
    const { status, body } = await cp.admin.call('GET', path)
    return status === 200
      ? { image: body.spec.template.spec.containers[0].image, replicas: body.spec.replicas }
      : undefined
  }
  const atTerminal = async (...args: readonly string[]): Promise<string> => {
    const whole = [...args, `--kubeconfig=${cp.kubeconfigFile}`, `--namespace=${namespace}`]
    return (await run(await helmPath(), whole)).stdout
  }
  const commit = (wanted: Parameters<typeof chart.values>[0]): Promise<string> =>
    repository.commit({ message: `${wanted.tag}`, files: filesFor(wanted) })
  const isAt = (id: string): Promise<void> => settledAt(engine, id)
  return {
    namespace,
    engine,
    live,
    commit,
    isAt,
    headOf: () => repository.idOf(),
    helm: atTerminal,
    helmHistory: async () => JSON.parse(await atTerminal('history', 'shop', '--output=json')),
    installedUpgradedAndHealed: async (): Promise<void> => {
      await engine.start()
      await isAt(await repository.idOf())
      expect((await live())?.replicas).toBe(1)
      await isAt(await commit({ tag: '1', replicas: 2 }))
      expect((await live())?.replicas).toBe(2)
      await cp.admin.call('PATCH', path, { body: { spec: { replicas: 5 } } })
      await expect.poll(async () => (await live())?.replicas, { timeout: 30_000 }).toBe(2)
      await isAt(await repository.idOf())
    },
    lastFailed: async () => {
      await expect
        .poll(async () => (await engine.history('shop'))[0]?.outcome, { timeout: 60_000 })
        .toMatch(/failed|timed-out/)
      const [last] = await engine.history('shop')
      return { reasons: last?.reasons ?? [] }
    },
    /** The whole chart leaves the repository: that is held, by this name, until a person has agreed. */
    leavesGit: async (code: string): Promise<void> => {
      const gone = [...Object.keys(chart.files), 'shop/prod.json'].map((file) => [file, null])
      await repository.commit({ message: 'gone', files: Object.fromEntries(gone) })
      await expect
        .poll(async () => (await engine.status('shop')).holds.map((hold) => hold.code), { timeout: 30_000 })
        .toContain(code)
      expect(await live()).toBeDefined()
      await engine.approve((await engine.plan('shop')).id, { actor: 'grace' })
    },
  }
}

const settledAt = async (engine: Engine, id: string): Promise<void> => {
  await expect
    .poll(() => engine.status('shop'), { timeout: 60_000 })
    .toMatchObject({ sync: 'synced', health: 'healthy', applied: { id } })
}

/** A folder that has left the repository has no manifests. */
const whileThere = <Manifest>(renderer: Renderer<Manifest>): Renderer<Manifest> => ({
  ...renderer,
  render: async (input, options) =>
    (await input.snapshot.digestOf(`${input.path}/Chart.yaml`, options)) === undefined
      ? { manifests: [] }
      : renderer.render(input, options),
})
