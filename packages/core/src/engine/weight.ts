import type { Trigger } from '../events/events.ts'

/** How much a reason for a pass tells: of several, the most telling one is reported. */
export const weight: Record<Trigger, number> = {
  manual: 7,
  revision: 6,
  due: 5,
  drift: 4,
  health: 3,
  retry: 2,
  start: 1,
  interval: 0,
}
