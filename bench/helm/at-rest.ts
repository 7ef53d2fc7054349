import { startControlPlane } from '../../tools/control-plane/index.ts'
import { type Row, row } from '../report.ts'
import { nameOf } from './chart.ts'
import { ourReleases } from './our-releases.ts'

const releases = 100
const passes = 10

/** What many releases cost that are as they should be, and what a change of one of them: counted, not timed. */
export async function atRest(path: string): Promise<readonly Row[]> {
  await using controlPlane = await startControlPlane({ controllers: false })
  const namespace = await controlPlane.createNamespace('rest')
  await using ours = await ourReleases({ controlPlane, path, namespace, releases, intervalMs: 200 })
  await ours.all('one')
  // What the last writes led to comes in with these.
  await ours.passes(5)
  const [started, before] = [ours.started(), (await controlPlane.requests()).length]
  await ours.passes(passes)
  const requests = (await controlPlane.requests()).length - before
  const processes = ours.started() - started
  await ours.change(3, 'other')
  const changed = ours.titles().slice(started + processes)
  const elsewhere = changed.filter((title) => !title.endsWith(`/${nameOf(3)}`)).length
  const zero = { unit: '', target: 0, better: 'lower' } as const
  return [
    row({
      metric: `${passes} passes over ${releases} releases at rest: processes`,
      value: processes,
      ...zero,
    }),
    row({ metric: 'the same: requests', value: requests, ...zero }),
    row({ metric: 'a change of one of them: its processes', unit: '', value: changed.length - elsewhere }),
    row({ metric: 'the same: processes of others', value: elsewhere, ...zero }),
  ]
}
