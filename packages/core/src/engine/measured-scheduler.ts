import type { Clock } from '../ports/clock.ts'
import type { Scheduler, Scheduling } from '../ports/scheduler.ts'
import type { EngineMetrics, GroupMetrics } from './metrics.ts'
import { type RunningTally, runningTally } from './tally.ts'

/** A scheduler that is measured from outside, so that every scheduler is, however it works inside. */
export interface MeasuredScheduler extends Scheduler {
  readonly measured: () => Pick<EngineMetrics, 'waited' | 'worked' | 'groups'>
}

interface InLine {
  dueAt: number
  group: string
}

interface GroupTallies {
  running: number
  slowedDown: number
  readonly waited: RunningTally
  readonly worked: RunningTally
}

/** The scheduler, measured. Remembers one small record for each name in line, and one for each group there ever was. */
export function measuredScheduler(scheduler: Scheduler, clock: Clock): MeasuredScheduler {
  const line = new Map<string, InLine>()
  const groups = new Map<string, GroupTallies>()
  const waited = runningTally()
  const worked = runningTally()

  const groupOf = (name: string): GroupTallies => {
    const known = groups.get(name)
    if (known !== undefined) return known
    const made = { running: 0, slowedDown: 0, waited: runningTally(), worked: runningTally() }
    groups.set(name, made)
    return made
  }
  const note = (name: string, { afterMs = 0, group }: Scheduling): void => {
    const dueAt = clock.monotonic() + Math.max(0, afterMs)
    const known = line.get(name)
    if (known === undefined) line.set(name, { dueAt, group: group ?? '' })
    else {
      known.dueAt = Math.min(known.dueAt, dueAt)
      known.group = group ?? known.group
    }
  }
  const run = async (name: string, work: (name: string) => Promise<void>): Promise<void> => {
    const startedAt = clock.monotonic()
    const { dueAt, group } = line.get(name) ?? { dueAt: startedAt, group: '' }
    line.delete(name)
    const mine = groupOf(group)
    for (const tally of [waited, mine.waited]) tally.add(Math.max(0, startedAt - dueAt))
    mine.running++
    try {
      await work(name)
    } finally {
      mine.running--
      for (const tally of [worked, mine.worked]) tally.add(clock.monotonic() - startedAt)
    }
  }
  return {
    add: (name, scheduling = {}) => {
      note(name, scheduling)
      scheduler.add(name, scheduling)
    },
    remove: (name) => {
      line.delete(name)
      scheduler.remove(name)
    },
    slowDown: (group, ms) => {
      groupOf(group).slowedDown++
      scheduler.slowDown(group, ms)
    },
    start: (work) => scheduler.start((name) => run(name, work)),
    dueIn: scheduler.dueIn,
    drain: scheduler.drain,
    figures: scheduler.figures,
    measured: () => ({
      waited: waited.read(),
      worked: worked.read(),
      groups: [...groups].map(([group, tallies]): GroupMetrics => {
        const { running, slowedDown } = tallies
        return {
          group,
          running,
          slowedDown,
          waited: tallies.waited.read(),
          worked: tallies.worked.read(),
        }
      }),
    }),
    [Symbol.asyncDispose]: () => scheduler[Symbol.asyncDispose](),
  }
}
