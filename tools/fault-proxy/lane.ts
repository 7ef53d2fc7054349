import type { Socket } from 'node:net'

/** From the client to the server, or back. */
export type Direction = 'up' | 'down'

/** The faults in force. */
export interface Faults {
  readonly latencyMs?: number
  readonly bytesPerSecond?: number
  readonly swallowed?: readonly Direction[]
  /** Counted on each connection from when this very object came into force. */
  readonly cutAfter?: { readonly up?: number; readonly down?: number }
}

/** One direction of one connection. */
export interface Lane {
  readonly from: Socket
  readonly to: Socket
  readonly direction: Direction
  readonly faults: () => Faults
  readonly count: (direction: Direction, bytes: number) => void
  /** Resets the connection. */
  readonly cut: () => void
}

/** More than this waiting, and the sender is made to wait. */
const holdAtMost = 1024 * 1024

/** Passes on what comes in, in order, as the faults allow. */
export function lane({ from, to, direction, faults, count, cut }: Lane): void {
  let held = 0
  let lastDueAt = 0
  let isDead = false
  let budget: { readonly of: Faults['cutAfter']; left: number } = { of: undefined, left: 0 }

  const later = (bytes: number, pass: () => void): void => {
    const { latencyMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY } = faults()
    const now = performance.now()
    const dueAt = Math.max(lastDueAt, now + latencyMs) + (bytes / bytesPerSecond) * 1000
    const isDirect = dueAt <= now && held === 0
    lastDueAt = dueAt
    if (isDirect) return pass()
    held += bytes
    if (held > holdAtMost) from.pause()
    setTimeout(() => {
      held -= bytes
      if (held <= holdAtMost) from.resume()
      pass()
    }, dueAt - now)
  }
  const pass = (chunk: Buffer): void => {
    if (to.destroyed) return
    const room = roomFor(chunk.length)
    const part = room < chunk.length ? chunk.subarray(0, room) : chunk
    count(direction, part.length)
    const isWelcome = to.write(part, room < chunk.length ? cut : undefined)
    if (isWelcome) return
    from.pause()
    to.once('drain', () => from.resume())
  }
  /** How many of these bytes may pass before the connection is cut. */
  const roomFor = (bytes: number): number => {
    const { cutAfter } = faults()
    const limit = cutAfter?.[direction]
    if (limit === undefined) return bytes
    if (budget.of !== cutAfter) budget = { of: cutAfter, left: limit }
    const room = Math.min(budget.left, bytes)
    budget.left -= room
    return room
  }

  from.on('data', (chunk: Buffer) => {
    isDead ||= faults().swallowed?.includes(direction) === true
    if (!isDead) later(chunk.length, () => pass(chunk))
  })
  from.once('end', () => {
    isDead ||= faults().swallowed?.includes(direction) === true
    if (!isDead) later(0, () => to.end())
  })
  // A side that is gone takes the other with it, unless nobody is to know of it.
  from.once('close', (hadError) => {
    if (hadError && !isDead) cut()
  })
}
