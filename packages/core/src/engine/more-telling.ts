import type { Trigger } from '../events/events.ts'

/** Of two reasons for a pass the one that tells more; the second, where they tell as much. Pure. */
export const moreTelling = (one: Trigger, other: Trigger): Trigger =>
  weight[one] > weight[other] ? one : other

const weight: Record<Trigger, number> = {
  manual: 6,
  revision: 5,
  drift: 4,
  health: 3,
  retry: 2,
  start: 1,
  interval: 0,
}
