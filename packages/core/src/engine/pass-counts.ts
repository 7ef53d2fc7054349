import type { EventBus } from '../events/event-bus.ts'
import type { PassOutcome } from '../events/events.ts'

/** Counts passes by how they ended, from what is told of them. */
export function passCounts(bus: EventBus): () => Readonly<Record<PassOutcome, number>> {
  const counts: Record<PassOutcome, number> = { rest: 0, wait: 0, retry: 0, replan: 0, stall: 0 }
  bus.on('pass.finished', ({ outcome }) => {
    counts[outcome]++
  })
  return () => ({ ...counts })
}
