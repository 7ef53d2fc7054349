import type { StatementSync } from 'node:sqlite'
import type { MooringError } from '@mooring/core'
import type { Connection } from './connection.ts'
import { storeDamaged } from './failure.ts'

/** The tables within one transaction. */
export interface Tables {
  readonly statement: (sql: string) => StatementSync
  /** The error for content that cannot be what was written. */
  readonly damaged: (what: string) => MooringError
  /**
   * To be awaited after each row, or so many, of what may be many: lets the event loop go on now and then. Rejects with
   * the reason of the signal.
   */
  readonly breath: (rows?: number) => Promise<void> | undefined
}

/** The tables of a connection, for one piece of work. */
export function tablesOf({ statement, path }: Connection, signal: AbortSignal): Tables {
  let left = rowsBetweenBreaths
  const rest = async () => {
    left = rowsBetweenBreaths
    await new Promise((resolve) => setImmediate(resolve))
    signal.throwIfAborted()
  }
  return {
    statement,
    damaged: (what) => storeDamaged(path, what),
    breath: (rows = 1) => {
      left -= rows
      return left > 0 ? undefined : rest()
    },
  }
}

/** One or two milliseconds of work. */
const rowsBetweenBreaths = 250
