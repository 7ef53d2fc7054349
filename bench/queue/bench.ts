import { availableParallelism, cpus, loadavg } from 'node:os'
import { type Bench, type Measured, median, type Row, row } from '../report.ts'
import { runBarePQueue, runScheduler } from './add-and-run.ts'
import { type ClientGo, clientGo } from './client-go.ts'
import { copiesOf, namesOf } from './names.ts'
import { runOurQueue } from './our-queue.ts'
import type { Phases, Settings } from './phases.ts'

const settings: Settings = { names: 100_000, steadyRuns: 200_000, backlog: 1000, groups: 16 }
const namesRun = 20_000
const warmUps = 3
const rounds = 21

/** Our queue beside client-go's workqueue and bare p-queue, round by round, on this machine and in this process. */
export const bench: Bench = async () => {
  const names = namesOf(settings.names)
  const reference = await clientGo(names, settings)
  const load = loadavg()[0]?.toFixed(1)
  const measured =
    typeof reference === 'string' ? await measure(names, undefined) : await measureBeside(names, reference)
  return {
    title: 'queue: add, coalesce, take, done',
    conditions: [
      `${settings.names} names of 20 to 60 characters in ${settings.groups} groups (client-go has none), medians of ${rounds} rounds, ours and the reference in turns`,
      'a round: all names added, added again while in line (the same strings, and equal ones made anew), taken, finished;',
      `then ${settings.steadyRuns} taken and finished with ${settings.backlog} in line, coming twice each, one in four added while it runs`,
      `each queue alone, from one thread; JavaScript keeps the hash of a string it has seen, Go has none to keep`,
      `Node ${process.version}, ${typeof reference === 'string' ? `no client-go, because ${reference}` : reference.about}`,
      `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, load ${load} at the start`,
    ],
    rows: typeof reference === 'string' ? rowsAlone(measured) : rowsBeside(measured),
  }
}
