import { isHeal } from '../../model/change.ts'
import type { SyncWindow } from '../../model/sync-window.ts'
import { type Closure, closedBy } from '../closed-by.ts'
import { type Guard, holdAll } from './guard.ts'

/**
 * Nothing is changed while a window says no. An operation that has begun may finish, and a person's wish is done, where
 * the window says so: every one of those that deny, or one of those that would allow. Heals go on unless a window says
 * otherwise: they bring nothing new, and drift left in place for a weekend is what windows are meant to prevent.
 */
export const syncWindows: Guard = (input) => {
  const { changes, policy, now, asked, begun } = input
  const closure = closedBy(policy.windows, now)
  if (closure === undefined) return undefined
  if ((asked && says(closure, 'manual')) || (begun && says(closure, 'overrun'))) return undefined
  const holdsHeals = closure.windows.some((window) => window.holdsHeals === true)
  const hold = holdAll(holdsHeals ? changes : changes.filter((change) => !isHeal(change)), input, {
    guard: 'sync-windows',
    code: 'WINDOW_CLOSED',
    message: (labels) => `${describe(closure)}: ${labels}`,
    release: releaseOf(closure),
    holdsOperation: true,
  })
  if (hold === undefined || closure.opensAt === undefined) return hold
  return { ...hold, until: closure.opensAt }
}

const says = ({ kind, windows }: Closure, what: 'manual' | 'overrun'): boolean => {
  const isSaidBy = (window: SyncWindow): boolean => window[what] === true
  return kind === 'deny' ? windows.every(isSaidBy) : windows.some(isSaidBy)
}

function describe({ kind, windows }: Closure): string {
  const names = windows.map(
    ({ schedule, timeZone, reason }) =>
      `${schedule} ${timeZone}${reason === undefined ? '' : ` (${reason})`}`,
  )
  const which = names.join(', ')
  return kind === 'deny' ? `denied by the window ${which}` : `outside of the window ${which}`
}

function releaseOf(closure: Closure): string {
  const { opensAt } = closure
  const when =
    opensAt === undefined
      ? 'no opening can be foreseen: change sync.windows'
      : `goes on by itself at ${new Date(opensAt).toISOString()}`
  return says(closure, 'manual') ? `${when}; or somebody calls engine.sync now` : when
}
