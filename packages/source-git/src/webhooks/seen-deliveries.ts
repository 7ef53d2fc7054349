/** Deliveries that came lately. */
export interface SeenDeliveries {
  readonly has: (delivery: string, now: number) => boolean
  readonly add: (delivery: string, now: number) => void
}

const maxDeliveries = 10_000

/** Remembers deliveries for a while, the newest 10,000 at most. */
export function seenDeliveries(windowMs: number): SeenDeliveries {
  const seen = new Map<string, number>()
  return {
    has: (delivery, now) => {
      const at = seen.get(delivery)
      // A clock that was put back makes what was seen later old, not eternal.
      return at !== undefined && Math.abs(now - at) < windowMs
    },
    add: (delivery, now) => {
      seen.delete(delivery)
      seen.set(delivery, now)
      for (const [oldest, at] of seen) {
        if (seen.size <= maxDeliveries && Math.abs(now - at) < windowMs) break
        seen.delete(oldest)
      }
    },
  }
}
