import { availableParallelism } from 'node:os'
import {
  appChanged,
  baseChanged,
  bases,
  type Caused,
  manyApplications,
} from '../../test/end-to-end/many-applications.ts'
import { type Bench, median, type Row, row } from '../report.ts'

const count = 1_000
const rounds = 9

/** A thousand applications in one repository: what one commit costs that concerns one of them, some, or none. */
export const bench: Bench = async () => {
  await using many = await manyApplications(count)
  const one: Caused[] = []
  const some: Caused[] = []
  const none: Caused[] = []
  for (let round = 0; round < rounds; round++) {
    one.push(await many.commit(appChanged(round, `round ${round}`)))
    some.push(await many.commit(baseChanged(round, `round ${round}`)))
    none.push(await many.commit({ 'README.md': `round ${round}` }))
  }
  return {
    title: 'git-many: a thousand applications in one repository',
    conditions: [
      `${count} applications of one resource, a tenth of which read each of ${bases} bases; memory target and store`,
      `served by git itself over HTTP on this machine; the largest of ${rounds} commits for counts, their median for times`,
      `Node ${process.version}, ${availableParallelism()} cores`,
    ],
    rows: [
      row({ metric: 'first sync of all', unit: 'ms', value: many.firstMs }),
      row({ metric: 'first sync of all: requests to Git', unit: 'requests', value: many.firstRequests }),
      ...rowsOf('one folder changed', one, 1),
      ...rowsOf('one base changed', some, count / bases),
      ...rowsOf('nothing that is read changed', none, 0),
      row({
        metric: 'a pass without changes, processor time',
        unit: 'µs',
        value: (median(none.map(({ cpuMs }) => cpuMs)) / count) * 1_000,
      }),
    ],
  }
}

function rowsOf(commit: string, caused: readonly Caused[], concerned: number): readonly Row[] {
  const most = (metric: string, of: (one: Caused) => number, target: number): Row =>
    row({
      metric: `${commit}: ${metric}`,
      unit: metric,
      value: Math.max(...caused.map(of)),
      target,
      better: 'lower',
    })
  return [
    most('polls', ({ polls }) => polls, 1),
    most('downloads', ({ downloads }) => downloads, 1),
    most('requests to Git', ({ requests }) => requests, 2),
    most('renderings', ({ rendered }) => rendered.length, concerned),
    most('passes with changes', ({ changed }) => changed.length, concerned),
    most('applications recorded anew', ({ recorded }) => recorded.length, concerned),
    row({ metric: `${commit}: passes`, unit: 'passes', value: median(caused.map(({ passes }) => passes)) }),
    row({
      metric: `${commit}: until all have passed`,
      unit: 'ms',
      value: median(caused.map(({ ms }) => ms)),
    }),
  ]
}
