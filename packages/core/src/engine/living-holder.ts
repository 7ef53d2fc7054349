import type { Clock } from '../ports/clock.ts'
import type { Store } from '../ports/store.ts'
import { pause } from './pause.ts'

/**
 * The engine that has the lease of a store and is there; undefined where there is none, or it has not renewed it for its
 * whole time to live. Takes as long as that to find out where it is gone, and a third of it where it is there: a lease shows
 * who took it, and only a renewal that they go on. Throws what the store throws.
 */
export async function livingHolder(
  { lease: leases }: Pick<Store, 'lease'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<string | undefined> {
  const first = await leases?.read({ signal })
  if (leases === undefined || first === undefined) return undefined
  const since = clock.monotonic()
  for (;;) {
    await pause(clock, first.ttlMs / looksInATtl, signal)
    const askedAt = clock.monotonic()
    const now = await leases.read({ signal })
    if (now === undefined) return undefined
    if (now.version !== first.version) return now.holder
    if (askedAt - since >= first.ttlMs) return undefined
  }
}

const looksInATtl = 10
