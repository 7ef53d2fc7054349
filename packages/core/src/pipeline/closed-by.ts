import { Cron } from 'croner'
import type { SyncWindow } from '../model/sync-window.ts'

/** Windows that say no, together. */
export interface Closure {
  readonly kind: SyncWindow['kind']
  /** Those that are open and deny; or all that would allow, none of which is open. */
  readonly windows: readonly SyncWindow[]
  /** When none will say no any more, milliseconds since the epoch. Absent where that cannot be foreseen. */
  readonly opensAt?: number
}

/** Which windows say no now, if any do. Deny wins over allow. */
export function closedBy(windows: readonly SyncWindow[], now: number): Closure | undefined {
  if (windows.length === 0) return undefined
  const schedules = windows.map(scheduleOf)
  const found = closureAt(schedules, now)
  if (found === undefined) return undefined
  const opensAt = openingAfter(schedules, now)
  return { ...found, ...(opensAt !== undefined && { opensAt }) }
}

/** One window with its schedule understood. */
interface Schedule {
  readonly window: SyncWindow
  readonly isOpen: (at: number) => boolean
  /** The first start after this moment. */
  readonly startAfter: (at: number) => number | undefined
  /** Of a window that is open: the first moment at which it is not any more. */
  readonly endAfter: (at: number) => number | undefined
}

/** A schedule of five fields. Throws what croner throws for one it cannot read, or a time zone that does not exist. */
export function scheduleOf(window: SyncWindow): Schedule {
  const { schedule, timeZone, durationMs } = window
  const cron = new Cron(schedule, { timezone: timeZone, paused: true, mode: '5-part' })
  // Croner looks through centuries for a start that never comes: once is enough.
  let noneAfter = Number.POSITIVE_INFINITY
  const startAfter = (at: number): number | undefined => {
    const start = at >= noneAfter ? undefined : cron.nextRun(new Date(at))?.getTime()
    if (start === undefined) noneAfter = Math.min(noneAfter, at)
    return start
  }
  // Open from a start on, that one included, and closed again when its duration is over.
  const isOpen = (at: number): boolean => {
    const start = startAfter(at - durationMs)
    return start !== undefined && start <= at
  }
  const endAfter = (at: number): number | undefined => {
    let end = at
    for (let turn = 0; turn < foreseen; turn++) {
      if (!isOpen(end)) return end
      // Of the starts that keep it open, the last one keeps it open for longest. Croner gives those before a moment.
      const start = cron.previousRuns(1, new Date(end + 1))[0]?.getTime() ?? end
      end = Math.max(end + 1, start + durationMs)
    }
    return undefined
  }
  return { window, isOpen, startAfter, endAfter }
}

function closureAt(schedules: readonly Schedule[], at: number): Closure | undefined {
  const denying = schedules.filter(({ window, isOpen }) => window.kind === 'deny' && isOpen(at))
  if (denying.length > 0) return { kind: 'deny', windows: denying.map(({ window }) => window) }
  const allowing = schedules.filter(({ window }) => window.kind === 'allow')
  if (allowing.length === 0 || allowing.some(({ isOpen }) => isOpen(at))) return undefined
  return { kind: 'allow', windows: allowing.map(({ window }) => window) }
}

function openingAfter(schedules: readonly Schedule[], now: number): number | undefined {
  let at = now
  for (let turn = 0; turn < foreseen; turn++) {
    const closure = closureAt(schedules, at)
    if (closure === undefined) return at
    const involved = schedules.filter(({ window }) => closure.windows.includes(window))
    const next = closure.kind === 'deny' ? lastEnd(involved, at) : firstStart(involved, at)
    if (next === undefined) return undefined
    at = next
  }
  return undefined
}

/** All that deny have to end. */
function lastEnd(denying: readonly Schedule[], at: number): number | undefined {
  let last = at
  for (const { endAfter } of denying) {
    const end = endAfter(at)
    if (end === undefined) return undefined
    last = Math.max(last, end)
  }
  return last
}

/** One that allows has to begin. */
function firstStart(allowing: readonly Schedule[], at: number): number | undefined {
  const starts = allowing.flatMap(({ startAfter }) => startAfter(at) ?? [])
  return starts.length === 0 ? undefined : Math.min(...starts)
}

/** Windows can deny each other for ever: after so many turns nobody can say when it ends. */
const foreseen = 100
