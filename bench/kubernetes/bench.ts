import { availableParallelism, loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ControlPlane, startControlPlane } from '../../tools/control-plane/index.ts'
import { serveGit } from '../../tools/git-http-server/index.ts'
import { type TestRepository, testRepository } from '../../tools/git-repository/index.ts'
import { type Bench, median, type Row, row } from '../report.ts'
import { type BareClient, bareClient } from './bare-client.ts'
import { applicationOf } from './content.ts'
import { driftsIn } from './drift.ts'
import type { Usage } from './engine-process.ts'
import { bareSync, type Effort, effortOf, kubectlSyncs } from './first-sync.ts'
import { liveValues } from './live-value.ts'
import { type OurEngine, ourEngine, requestsIn, usedSince, verbsIn } from './our-engine.ts'

const applications = 200
const commits = 10
const drifts = 40
const restMs = 60_000
const everyMs = 5_000
const all = Array.from({ length: applications }, (_, at) => applicationOf(at))
const objects = all.flat()
const deployments = all.map(([deployment]) => deployment).filter((object) => object !== undefined)
const configMaps = all.map((of) => of[3]).filter((object) => object !== undefined)

/** Many small applications on a real control plane: from nothing, with nothing to do, one commit, drift, and a minute of rest. */
export const bench: Bench = async () => {
  const load = loadavg().map((figure) => figure.toFixed(1))
  await using controlPlane = await startControlPlane({ audit: false })
  await using repository = await testRepository()
  await repository.commit({ files: Object.fromEntries(objects.map(({ file, yaml }) => [file, yaml])) })
  await using server = await serveGit({ root: repository.root })
  await using bare = bareClient(controlPlane)
  await using engine = await ourEngine()
  const scene = {
    controlPlane,
    repository,
    bare,
    engine,
    namespace: await controlPlane.createNamespace('ours'),
  }

  const floorAt = await controlPlane.createNamespace('floor')
  const floor = await bareSync(controlPlane, bare, objects, floorAt)
  const first = await firstSync(scene, `${server.url}/${repository.name}`)
  const kubectl = await kubectlSyncs(controlPlane, objects, await controlPlane.createNamespace('kubectl'))
  const idle = await noOp(scene)
  const commit = await oneCommit(scene)
  const drift = await drifted(scene, floorAt)
  const rest = await atRest(scene)
  return {
    title: `kubernetes: ${applications} applications of 4 objects`,
    conditions: [
      'Deployment (0 replicas), ServiceAccount, Service, ConfigMap; one namespace, one cluster, one Git repository over HTTP',
      'kube-apiserver and controller-manager, etcd without fsync; our engine in a process of its own, memory store',
      'reference: the same objects by undici alone, 16 applies at once; rows that name kubectl: kubectl apply --server-side',
      `requests as undici sent them to the API server: first sync ${verbsIn(first.used)}; forced sync ${verbsIn(idle.used)}; ${commits} commits ${verbsIn(commit.used)}; ${drifts} drifts ${verbsIn(drift.used)}; rest ${verbsIn(rest.used)}`,
      `forced sync: ${idle.used.passes} passes; ${commits} commits: ${commit.used.passes} passes; ${drifts} drifts: ${drift.used.passes} passes; rest: ${rest.used.passes} passes, ${rest.used.renderings} renderings`,
      `Node ${process.version}, ${availableParallelism()} cores, load ${load.join(' ')} before`,
    ],
    rows: [
      ...firstRows(first, floor, kubectl.first),
      ...noOpRows(idle, kubectl.again),
      row({ metric: 'one commit, one object: until live', unit: 'ms', value: median(commit.ms) }),
      row({
        metric: 'one commit, one object: requests',
        unit: 'requests',
        value: requestsIn(commit.used) / commits,
      }),
      row({
        metric: 'drift of one field, until healed',
        unit: 'ms',
        value: median(drift.ours),
        reference: median(drift.bare),
      }),
      row({
        metric: 'drift of one field: requests',
        unit: 'requests',
        value: requestsIn(drift.used) / drifts,
      }),
      row({
        metric: `at rest ${restMs / 1_000} s, a pass each ${everyMs / 1_000} s: requests`,
        unit: 'requests',
        value: requestsIn(rest.used),
        target: 0,
        better: 'lower',
      }),
      row({ metric: 'at rest: our CPU', unit: 's', value: rest.used.cpuSeconds }),
      row({
        metric: 'at rest: our CPU for a pass',
        unit: 'ms',
        value: (rest.used.cpuSeconds / rest.used.passes) * 1_000,
      }),
      row({
        metric: 'an edit after that, until healed',
        unit: 'ms',
        value: rest.healedMs,
        target: everyMs,
        better: 'lower',
      }),
    ],
  }
}

interface Scene {
  readonly controlPlane: ControlPlane
  readonly repository: TestRepository
  readonly bare: BareClient
  readonly engine: OurEngine
  readonly namespace: string
}

type Measured = Effort & { readonly used: Usage }

async function firstSync({ controlPlane, engine, namespace }: Scene, repository: string): Promise<Measured> {
  const { kubeconfig } = controlPlane.admin
  return measured(controlPlane, engine, () =>
    engine.start({ repository, kubeconfig, namespace, applications }),
  )
}

async function noOp({ controlPlane, engine }: Scene): Promise<Measured> {
  return measured(controlPlane, engine, engine.sync)
}

async function measured(
  controlPlane: ControlPlane,
  engine: OurEngine,
  work: () => Promise<void>,
): Promise<Measured> {
  const before = await engine.usage()
  let used = before
  const effort = await effortOf(controlPlane, work, async () => {
    used = usedSince(before, await engine.usage())
    return used.cpuSeconds
  })
  return { ...effort, used }
}

/** Commits one after the other, each told to the engine at once. */
async function oneCommit({ repository, bare, engine, namespace }: Scene) {
  const [configMap] = configMaps
  if (configMap === undefined) throw new Error('There is no ConfigMap to change')
  const isLive = await liveValues(bare, configMap, namespace)
  const before = await engine.usage()
  const ms: number[] = []
  for (let at = 0; at < commits; at++) {
    const value = `commit-${at}`
    const changed = applicationOf(at, value)[3]
    if (changed === undefined) throw new Error('There is no ConfigMap to change')
    await repository.commit({ files: { [changed.file]: changed.yaml } })
    const committedAt = performance.now()
    await engine.refresh()
    await isLive(changed.name, value)
    ms.push(performance.now() - committedAt)
    // Until every application has looked at the commit.
    await quiet(engine)
  }
  return { ms, used: usedSince(before, await engine.usage()) }
}

/** Ours and the bare one in turns, each Deployment once: who heals the same one again and again gives way. */
async function drifted({ bare, engine, namespace }: Scene, floorAt: string) {
  const yamlOf = new Map(deployments.map((object) => [object.name, object]))
  const ours = await driftsIn(bare, deployments, namespace)
  const floor = await driftsIn(bare, deployments, floorAt, (name) => {
    const deployment = yamlOf.get(name)
    if (deployment !== undefined) void bare.apply(deployment.collection(floorAt), name, deployment.yaml)
  })
  const before = await engine.usage()
  const healed: { readonly ours: number; readonly bare: number }[] = []
  for (const deployment of deployments.slice(-drifts)) {
    healed.push({ ours: await ours.heal(deployment), bare: await floor.heal(deployment) })
  }
  await quiet(engine)
  const used = usedSince(before, await engine.usage())
  return { ours: healed.map((pair) => pair.ours), bare: healed.map((pair) => pair.bare), used }
}

async function atRest({ bare, engine, namespace }: Scene) {
  await engine.hurry(everyMs)
  await sleep(2 * everyMs)
  const before = await engine.usage()
  await sleep(restMs)
  const used = usedSince(before, await engine.usage())
  const { heal } = await driftsIn(bare, deployments, namespace)
  const [deployment] = deployments
  return { used, healedMs: deployment === undefined ? Number.NaN : await heal(deployment) }
}

/** Resolves when no pass has ended for a while. */
async function quiet(engine: OurEngine): Promise<void> {
  let before = -1
  for (let now = (await engine.usage()).passes; now !== before; now = (await engine.usage()).passes) {
    before = now
    await sleep(250)
  }
}

function firstRows(ours: Measured, floor: Effort, kubectl: Effort): readonly Row[] {
  const { used, seconds, clientCpuSeconds, serverCpuSeconds } = ours
  const metric = (name: string): string => `first sync: ${name}`
  return [
    row({
      metric: metric('until all exist'),
      unit: 's',
      value: used.lastAppliedAt,
      reference: floor.seconds,
    }),
    row({
      metric: metric('until all are synced and healthy'),
      unit: 's',
      value: seconds,
      reference: floor.seconds,
    }),
    row({
      metric: metric('until all exist, beside kubectl'),
      unit: 's',
      value: used.lastAppliedAt,
      reference: kubectl.seconds,
    }),
    row({
      metric: metric('client CPU'),
      unit: 's',
      value: clientCpuSeconds,
      reference: floor.clientCpuSeconds,
    }),
    row({
      metric: metric('client CPU, beside kubectl'),
      unit: 's',
      value: clientCpuSeconds,
      reference: kubectl.clientCpuSeconds,
    }),
    row({
      metric: metric('API server CPU'),
      unit: 's',
      value: serverCpuSeconds,
      reference: floor.serverCpuSeconds,
    }),
    row({
      metric: metric('API server CPU, beside kubectl'),
      unit: 's',
      value: serverCpuSeconds,
      reference: kubectl.serverCpuSeconds,
    }),
    row({ metric: metric('requests'), unit: 'requests', value: requestsIn(used), reference: objects.length }),
    row({ metric: metric('passes of an application'), unit: 'passes', value: used.passes / applications }),
    row({ metric: metric('longest stall of our event loop'), unit: 'ms', value: used.stallMs }),
    row({ metric: metric('our peak memory'), unit: 'MiB', value: used.peakBytes / 2 ** 20 }),
  ]
}

function noOpRows(ours: Measured, kubectl: Effort): readonly Row[] {
  return [
    row({
      metric: 'forced sync, nothing to do, beside kubectl',
      unit: 's',
      value: ours.seconds,
      reference: kubectl.seconds,
    }),
    row({
      metric: 'forced sync: client CPU, beside kubectl',
      unit: 's',
      value: ours.clientCpuSeconds,
      reference: kubectl.clientCpuSeconds,
    }),
    row({
      metric: 'forced sync: requests',
      unit: 'requests',
      value: requestsIn(ours.used),
      reference: objects.length,
    }),
  ]
}
