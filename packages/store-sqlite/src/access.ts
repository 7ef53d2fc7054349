import type { Clock } from '@mooring/core'
import { type Connecting, type Connection, connect } from './connection.ts'
import { failure, isBusy, storeBusy, storeDisposed } from './failure.ts'
import { inTurn } from './in-turn.ts'
import { pause } from './pause.ts'
import { type Tables, tablesOf } from './tables.ts'
import { transaction } from './transaction.ts'

/** What happens within one transaction. It may let the event loop go on; nobody else uses the connection meanwhile. */
export type Work<Value> = (tables: Tables) => Promise<Value>

/** The way to the file: one transaction at a time, tried again while another process is in the way. */
export interface Access {
  /** Sees one state of the file, from the first read to the last. */
  readonly read: <Value>(signal: AbortSignal, work: Work<Value>) => Promise<Value>
  /** Alone in writing. All of it is committed and synced to disk when it answers, or nothing is. */
  readonly write: <Value>(signal: AbortSignal, work: Work<Value>) => Promise<Value>
  /** Ends what runs first. Any number of times. */
  readonly close: () => Promise<void>
}

/** What an access is made with. */
export interface AccessOptions {
  readonly clock: Clock
  readonly waitMs: number
  readonly connecting: Connecting
}

/** Access to the store in this file. Connects with the first call, and anew after a failure of the connection. */
export function accessTo(path: string, { clock, waitMs, connecting }: AccessOptions): Access {
  const turn = inTurn()
  let connection: Connection | undefined
  let isDisposed = false

  const disconnect = () => {
    const closing = connection
    connection = undefined
    closing?.database.close()
  }

  const attempt = async <Value>(begin: Begin, signal: AbortSignal, work: Work<Value>): Promise<Value> => {
    if (isDisposed) throw storeDisposed(path)
    connection ??= await connect(path, connecting)
    const current = connection
    try {
      return await transaction(current, begin, () => work(tablesOf(current, signal)))
    } catch (thrown) {
      if (current.isLost()) disconnect()
      throw thrown
    }
  }

  const persist = async <Value>(begin: Begin, signal: AbortSignal, work: Work<Value>): Promise<Value> => {
    const giveUpAt = clock.monotonic() + waitMs
    for (let tries = 0; ; tries++) {
      try {
        return await turn(signal, () => attempt(begin, signal, work))
      } catch (thrown) {
        if (!isBusy(thrown)) throw failure(thrown, path, signal)
        if (clock.monotonic() >= giveUpAt) throw storeBusy(path, waitMs, thrown)
      }
      await pause(clock, Math.min(longestPauseMs, 2 ** tries), signal)
    }
  }

  return {
    read: (signal, work) => persist('BEGIN', signal, work),
    // Immediate: who reads first and writes then has to start anew whenever somebody else wrote in between.
    write: (signal, work) => persist('BEGIN IMMEDIATE', signal, work),
    close: () =>
      turn(never, async () => {
        isDisposed = true
        disconnect()
      }),
  }
}

type Begin = 'BEGIN' | 'BEGIN IMMEDIATE'

/** Short enough that a lock is not idle for long, long enough that waiting costs no processor. */
const longestPauseMs = 32

const never = new AbortController().signal
