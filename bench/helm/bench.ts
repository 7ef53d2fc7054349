import { mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ControlPlane, startControlPlane } from '../../tools/control-plane/index.ts'
import { helmPath } from '../../tools/parts/helm.ts'
import { type BareClient, bareClient } from '../kubernetes/bare-client.ts'
import { cpuSecondsOfChildren, cpuSecondsSince } from '../kubernetes/usage.ts'
import { type Bench, median, type Row, row } from '../report.ts'
import { atOnce } from './at-once.ts'
import { atRest } from './at-rest.ts'
import { bareHelm } from './bare-helm.ts'
import { drift } from './drift.ts'
import { ourReleases } from './our-releases.ts'

const releases = 50
const drifts = 40

/** Many small releases: installed and upgraded beside bare `helm upgrade --install`, and drift of one object healed. */
export const bench: Bench = async () => {
  const load = loadavg().map((figure) => figure.toFixed(1))
  await using controlPlane = await startControlPlane({ audit: false, controllers: false })
  await using bare = bareClient(controlPlane)
  const path = await helmPath()
  const folder = await mkdtemp(join(tmpdir(), 'mooring-bench-helm-'))
  try {
    const rows = [...(await measured(controlPlane, bare, path, folder)), ...(await atRest(path))]
    return {
      title: `Helm: ${releases} releases, ${atOnce} processes at once`,
      conditions: [
        `load of the machine before: ${load.join(' ')}`,
        'beside each: helm upgrade --install --force-conflicts of the same chart and values, one process for each release',
        'drift: from the answer to the intruder until a watch shows the value of Git again; beside it a bare watch and PATCH',
      ],
      rows,
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function measured(
  controlPlane: ControlPlane,
  bare: BareClient,
  path: string,
  folder: string,
): Promise<readonly Row[]> {
  const helm = await bareHelm({
    controlPlane,
    path,
    folder,
    namespace: await controlPlane.createNamespace('bare'),
  })
  const namespace = await controlPlane.createNamespace('ours')
  await using ours = await ourReleases({ controlPlane, path, namespace, releases })
  const rows: Row[] = []
  for (const [what, greeting] of [
    ['install', 'one'],
    ['upgrade', 'two'],
  ] as const) {
    const theirs = await timed(() => helm.all(releases, greeting))
    const own = await timed(() => ours.all(greeting))
    rows.push(
      row({
        metric: `${what}: wall`,
        unit: 's',
        value: own.wall,
        reference: theirs.wall,
        target: 1.15,
        better: 'lower',
      }),
      row({ metric: `${what}: CPU, Helm and us`, unit: 's', value: own.cpu, reference: theirs.cpu }),
    )
  }
  const before = ours.started()
  const rest = await timed(() => ours.noOp())
  rows.push(row({ metric: 'no-op sync of all: wall', unit: 's', value: rest.wall }))
  rows.push(
    row({
      metric: 'no-op sync of all: processes',
      unit: '',
      value: ours.started() - before,
      target: 0,
      better: 'lower',
    }),
  )
  const floor = await drift({ bare, namespace, drifts, heals: 'bare', suspend: ours.suspend })
  const healed = await drift({ bare, namespace, drifts, heals: 'ours', suspend: ours.resume })
  rows.push(
    row({ metric: 'drift healed, median', unit: 'ms', value: median(healed), target: 100, better: 'lower' }),
    row({ metric: 'the same by a bare watch and PATCH', unit: 'ms', value: median(floor) }),
  )
  return rows
}

async function timed(run: () => Promise<void>): Promise<{ readonly wall: number; readonly cpu: number }> {
  const [start, own, children] = [performance.now(), process.cpuUsage(), cpuSecondsOfChildren()]
  await run()
  const cpu = cpuSecondsSince(own) + cpuSecondsOfChildren() - children
  return { wall: (performance.now() - start) / 1000, cpu }
}
