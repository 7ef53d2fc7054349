import type { StatementSync } from 'node:sqlite'
import type { MooringError } from '@mooring/core'
import type { Connection } from './connection.ts'
import { storeDamaged } from './failure.ts'

/** The tables within one transaction. */
export interface Tables {
  readonly statement: (sql: string) => StatementSync
  /** The error for content that cannot be what was written. */
  readonly damaged: (what: string) => MooringError
  /** To be called for each row of what may be many: lets the event loop go on now and then, and ends with an abort. */
  readonly breathe: () => Promise<void> | undefined
}

/** The tables of a connection, for one piece of work. */
export function tablesOf({ statement, path }: Connection, signal: AbortSignal): Tables {
  let rows = 0
  const rest = async () => {
    await new Promise((resolve) => setImmediate(resolve))
    signal.throwIfAborted()
  }
  return {
    statement,
    damaged: (what) => storeDamaged(path, what),
    breathe: () => (++rows % rowsBetweenBreaths === 0 ? rest() : undefined),
  }
}

/** One or two milliseconds of work. */
const rowsBetweenBreaths = 250
