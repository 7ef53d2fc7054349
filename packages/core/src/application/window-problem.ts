import type { SyncWindow } from '../model/sync-window.ts'
import { scheduleOf } from '../pipeline/closed-by.ts'

/** What is wrong with a sync window, as the end of "expected ...", or undefined. */
export function windowProblem(window: unknown, at: number): string | undefined {
  const where = `sync.windows[${at}]`
  if (typeof window !== 'object' || window === null) return `${where} to be a window`
  const { kind, schedule, timeZone, durationMs, reason, ...rest } = window as Partial<SyncWindow>
  if (kind !== 'allow' && kind !== 'deny') return `${where}.kind to be allow or deny`
  if (typeof durationMs !== 'number' || !Number.isFinite(durationMs) || durationMs < minuteMs)
    return `${where}.durationMs to be milliseconds from ${minuteMs}, a minute`
  if (reason !== undefined && typeof reason !== 'string') return `${where}.reason to be a text`
  for (const [field, value] of Object.entries(rest)) {
    if (!flags.has(field)) return `${where} to have no field ${field}`
    if (value !== undefined && typeof value !== 'boolean') return `${where}.${field} to be true or false`
  }
  if (typeof schedule !== 'string' || schedule.trim().split(/\s+/).length !== fields)
    return `${where}.schedule to have the five fields of crontab`
  if (typeof timeZone !== 'string' || !isTimeZone(timeZone))
    return `${where}.timeZone to be a time zone such as Europe/Berlin`
  return isReadable({ kind, schedule, timeZone, durationMs })
    ? undefined
    : `${where}.schedule to be a schedule as crontab has them, which comes some day`
}

const minuteMs = 60_000
const fields = 5
const flags: ReadonlySet<string> = new Set(['overrun', 'manual', 'holdsHeals'])

/** No offset: what `+02:00` means in winter nobody wrote down. */
function isTimeZone(timeZone: string): boolean {
  try {
    return !/^[+-]/.test(timeZone) && Boolean(new Intl.DateTimeFormat('en', { timeZone }))
  } catch {
    return false
  }
}

/** A date that no year has is a mistake too: such a window would never open. */
function isReadable(window: SyncWindow): boolean {
  try {
    return scheduleOf(window).startAfter(0) !== undefined
  } catch {
    return false
  }
}
