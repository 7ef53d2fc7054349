import type { Trigger } from '../events/events.ts'

/** How much each reason for a pass tells: of several that bring one pass, the most telling is reported. */
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
