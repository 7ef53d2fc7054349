import { kubernetesCluster } from '@mooring/adapter-kubernetes'
import { createEngine, defineApplication, jsonRenderer, memoryStore, type SyncPolicy } from '@mooring/core'
import { type FileChanges, memorySource } from '@mooring/core/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'
import type { ControlPlane } from '../../../../tools/control-plane/index.ts'
import { helmPath } from '../../../../tools/parts/helm.ts'
import { run } from '../../../../tools/parts/run.ts'
import { packChart } from '../../src/chart/pack-chart.ts'
import { helmProgram, helmReleases, type Release } from '../../src/index.ts'
import { demoChart } from '../charts.ts'

const controlPlane = sharedControlPlane({ controllers: false })
const files = new Map(Object.entries(demoChart()).map(([path, content]) => [path, Buffer.from(content)]))
const archive = Buffer.from(packChart({ name: 'demo', files })).toString('base64')

const filesOf = (...releases: readonly Release[]): FileChanges =>
  Object.fromEntries(releases.map((release) => [`app/${release.name}.json`, JSON.stringify(release)]))

async function keeping(cp: ControlPlane, releases: readonly Release[], sync: Partial<SyncPolicy> = {}) {
  const program = helmProgram({ path: await helmPath(), concurrency: 2 })
  const started: string[] = []
  const helm: typeof program = {
    ...program,
    run: (command, abortable) => {
      started.push(command.title)
      return program.run(command, abortable)
    },
  }
  const cluster = kubernetesCluster({ kubeconfig: { text: cp.admin.kubeconfig } })
  const source = memorySource({ pollMs: 100, files: filesOf(...releases) })
  const engine = createEngine({ store: memoryStore(), installation: releases[0]?.namespace ?? 'many' })
  const target = helmReleases({ cluster, helm })
  const renderer = jsonRenderer<Release>()
  engine.add(
    defineApplication({ name: 'app', source, path: 'app', renderer, target, sync: { prune: true, ...sync } }),
  )
  const told: string[] = []
  engine.on('change.applied', ({ change }) => void told.push(`${change.action} ${change.label}`))
  engine.on('operation.finished', ({ outcome }) => void told.push(outcome))
  onTestFinished(() => engine.stop())
  await engine.start()
  const synced = (times: number) =>
    vi.waitFor(() => expect(told.filter((line) => line === 'synced')).toHaveLength(times), 50_000)
  await synced(1)
  return { engine, source, told, started, synced }
}

const releaseIn = (namespace: string, name: string, greeting = 'hello'): Release => ({
  name,
  namespace,
  chart: { name: 'demo', version: '1.2.3', archive },
  values: { greeting },
})

describe('many releases', () => {
  test('in sync cost no process and no request; one change costs the processes of that one', async () => {
    const cp = controlPlane()
    const namespace = await cp.createNamespace()
    const names = Array.from({ length: 8 }, (_, at) => `r${at}`)
    const { engine, source, started, synced } = await keeping(
      cp,
      names.map((name) => releaseIn(namespace, name)),
      {
        intervalMs: 100,
      },
    )
    expect(started).toHaveLength(8)
    // What the last writes led to has come in.
    await vi.waitFor(async () =>
      expect(await engine.status('app')).toMatchObject({ sync: 'synced', health: 'healthy' }),
    )
    let passes = 0
    engine.on('pass.finished', () => void passes++)
    const before = await cp.requestCounts()
    await vi.waitFor(() => expect(passes).toBeGreaterThan(5), 10_000)
    const after = await cp.requestCounts()
    expect(after).toEqual(before)
    expect(started).toHaveLength(8)
    source.commit(filesOf(releaseIn(namespace, 'r3', 'good evening')))
    await synced(2)
    expect(started.slice(8)).toEqual([`helm upgrade of ${namespace}/r3`])
  })

  test('of which one leaves Git are not deleted by that, but held, until a person agrees', async () => {
    const cp = controlPlane()
    const namespace = await cp.createNamespace()
    const { engine, source, told } = await keeping(
      cp,
      ['one', 'two'].map((name) => releaseIn(namespace, name)),
    )
    source.commit({ 'app/two.json': null })
    await vi.waitFor(async () => {
      const { holds } = await engine.plan('app')
      expect(holds.map(({ code }) => code)).toContain('CASCADING_DELETE')
    }, 20_000)
    const there = async () =>
      (
        await run(await helmPath(), [
          'list',
          '--short',
          `--kubeconfig=${cp.kubeconfigFile}`,
          `--namespace=${namespace}`,
        ])
      ).stdout
    expect(await there()).toBe('one\ntwo\n')
    const plan = await engine.plan('app')
    await engine.approve(plan.id, { actor: 'ada' })
    await vi.waitFor(() => expect(told).toContain(`delete Release ${namespace}/two`), 20_000)
    expect(await there()).toBe('one\n')
  })
})
