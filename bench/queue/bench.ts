import { availableParallelism, cpus, loadavg } from 'node:os'
import { type Bench, median, type Row, row } from '../report.ts'
import { runBarePQueue, runScheduler } from './add-and-run.ts'
import { type ClientGo, clientGo } from './client-go.ts'
import { namesOf } from './names.ts'
import { runOurQueue } from './our-queue.ts'
import type { Phases, Settings } from './phases.ts'

const settings: Settings = { names: 100_000, steadyRuns: 200_000, backlog: 1000, groups: 16 }
const namesRun = 20_000
const warmUps = 3
const rounds = 31

/** Our queue beside client-go's workqueue and bare p-queue, round by round, on this machine and in this process. */
export const bench: Bench = async () => {
  const names = namesOf(settings.names)
  const reference = await clientGo(names, settings)
  const load = loadavg()[0]?.toFixed(1)
  const isAlone = typeof reference === 'string'
  const measured = isAlone ? await measure(names, undefined) : await measureBeside(names, reference)
  return {
    title: 'queue: add, coalesce, take, done',
    conditions: [
      `${settings.names} names of 20 to 60 characters in ${settings.groups} groups (client-go has none), medians of ${rounds} rounds, ours and the reference in turns`,
      'a round: all names added, added again while in line (the same strings, and equal ones made anew), taken, finished;',
      `then ${settings.steadyRuns} taken and finished with ${settings.backlog} in line, coming twice each, one in four added while it runs`,
      'each queue alone, from one thread; JavaScript keeps the hash of a string it has seen, Go has none to keep',
      `Node ${process.version}, ${isAlone ? `no client-go, because ${reference}: p-queue is the reference` : reference.about}`,
      `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, load ${load} at the start`,
    ],
    rows: [...rowsOf(measured), besidePQueue(measured)],
  }
}

interface Rounds {
  readonly ours: readonly Phases[]
  readonly theirs: readonly Phases[]
  /** Nanoseconds for adding and running on our scheduler, and on bare p-queue. */
  readonly scheduler: readonly number[]
  readonly bare: readonly number[]
}

async function measureBeside(names: readonly string[], reference: ClientGo): Promise<Rounds> {
  await using held = reference
  return await measure(names, held)
}

/** Who goes first changes from round to round, so that what else the machine does falls on both. */
async function measure(names: readonly string[], reference: ClientGo | undefined): Promise<Rounds> {
  const ours: Phases[] = []
  const theirs: Phases[] = []
  const scheduler: number[] = []
  const bare: number[] = []
  const few = names.slice(0, namesRun)
  const parts: readonly (() => Promise<unknown>)[] = [
    async () => ours.push(await runOurQueue(names, settings)),
    async () => reference !== undefined && theirs.push(await reference.run()),
    async () => scheduler.push(await runScheduler(few, settings.groups)),
    async () => bare.push(await runBarePQueue(few)),
  ]
  for (let round = 0; round < warmUps + rounds; round++) {
    for (const part of round % 2 === 0 ? parts : parts.toReversed()) await part()
  }
  const counted = <T>(all: readonly T[]): readonly T[] => all.slice(warmUps)
  return { ours: counted(ours), theirs: counted(theirs), scheduler: counted(scheduler), bare: counted(bare) }
}

type Cost = (phases: Phases) => number

const wholeWay: Cost = ({ add, coalesce, take, done }) => (add + coalesce + take + done) / settings.names

/** Nanoseconds per name, or per name taken in the steady phase. */
const costs: readonly (readonly [string, Cost, { readonly target?: number }])[] = [
  ['add', ({ add }) => add / settings.names, { target: 1 }],
  ['coalesce', ({ coalesce }) => coalesce / settings.names, { target: 1 }],
  ['coalesce, names made anew', ({ coalesceAnew }) => coalesceAnew / settings.names, {}],
  ['take', ({ take }) => take / settings.names, { target: 1 }],
  ['done', ({ done }) => done / settings.names, { target: 1 }],
  ['add + coalesce + take + done', wholeWay, { target: 1 }],
  ['steady mix', ({ steady }) => steady / settings.steadyRuns, { target: 1 }],
]

const rowsOf = ({ ours, theirs, bare }: Rounds): readonly Row[] =>
  costs.map(([metric, costOf, options]) => {
    const cost = ours.map(costOf)
    if (theirs.length > 0) return perSecond({ metric, ...options }, cost, theirs.map(costOf))
    // Without client-go, all that p-queue can be compared with is a name's whole way.
    if (costOf !== wholeWay) return perSecond({ metric }, cost, [])
    return perSecond({ metric: `${metric}, against p-queue`, ...options }, cost, perName(bare))
  })

/** For information: what names, groups and priorities cost on top of the slots, which are p-queue's. */
const besidePQueue = ({ scheduler, bare }: Rounds): Row =>
  perSecond({ metric: 'memoryScheduler add + run, against p-queue' }, perName(scheduler), perName(bare))

const perName = (totals: readonly number[]): readonly number[] => totals.map((total) => total / namesRun)

/** A row from nanoseconds per name, round by round. */
function perSecond(
  about: { readonly metric: string; readonly target?: number },
  ours: readonly number[],
  theirs: readonly number[],
): Row {
  const unit = 'names/s'
  const value = 1e9 / median(ours)
  if (theirs.length === 0) return row({ ...about, unit, value })
  const ratio = median(theirs.map((cost, round) => cost / (ours[round] ?? Number.NaN)))
  return row({ ...about, unit, value, reference: 1e9 / median(theirs), ratio })
}
