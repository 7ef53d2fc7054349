import { setImmediate as turn } from 'node:timers/promises'

/** How long a piece of work may keep the event loop from everything else. */
const atATimeMs = 8

/**
 * For loops that compute for long: lets everything else have its turn when this one has had it for 8 milliseconds. To be
 * called, and awaited, every millisecond or so. Throws the reason of an abort.
 */
export function breather(signal: AbortSignal): () => Promise<void> | undefined {
  let since = performance.now()
  return () => {
    if (performance.now() - since < atATimeMs) return undefined
    return turn().then(() => {
      signal.throwIfAborted()
      since = performance.now()
    })
  }
}
