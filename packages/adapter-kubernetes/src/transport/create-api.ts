import { type Clock, MooringError, systemClock } from '@mooring/core'
import type { Connection } from '../connection/connection.ts'
import { type AgentShelf, agentShelf } from './agents.ts'
import type { Api } from './api.ts'
import { callOn } from './call.ts'
import { pause } from './pause.ts'
import { watchOn } from './watch.ts'

/** Bounds of one connection's HTTP access. */
export interface ApiOptions {
  /** Sockets for calls; more calls wait for a free one. Default 16. Watches have their own. */
  readonly maxConnections?: number
  /** Until the beginning of an answer. Default 60,000. */
  readonly headersTimeoutMs?: number
  /**
   * Until the beginning of the answer to a read, and between two parts of it. Default `headersTimeoutMs`. What a connection
   * that died in silence costs: shorter, it is noticed sooner. A write has the whole `headersTimeoutMs`, because who gives
   * it up does not know whether it took effect.
   */
  readonly readTimeoutMs?: number
  /** Until a watch that was asked for begins. Default `headersTimeoutMs`. */
  readonly dialTimeoutMs?: number
  /** Until a socket stands, TLS included. Default 10,000. */
  readonly connectTimeoutMs?: number
  /** Bytes of the longest answer to a call. Default 64 MiB; a longer one is `ANSWER_TOO_LARGE`. */
  readonly maxAnswerBytes?: number
  /** Bytes of the longest event of a watch. Default 32 MiB. */
  readonly maxLineBytes?: number
  /** How long a watch may be silent, bookmarks included, before it is `WATCH_SILENT`. Default 90,000: servers send a
   * bookmark each minute where the query asks for them. */
  readonly silenceMs?: number
  /** The longest wait within a call that a server's Retry-After is worth. Default 10,000; longer ones are answered. */
  readonly maxPauseMs?: number
  readonly clock?: Clock
}

/** What calls and watches share. */
export interface Surroundings {
  readonly connection: Connection
  readonly agents: AgentShelf
  readonly pause: ReturnType<typeof pause>
  readonly clock: Clock
  readonly maxAnswerBytes: number
  readonly maxLineBytes: number
  readonly silenceMs: number
  readonly maxPauseMs: number
  readonly readTimeoutMs: number
  readonly dialTimeoutMs: number
}

/**
 * HTTP access over one connection, which stays the caller's. No socket opens before the first call. Disposing ends what is
 * under way with `CONNECTION_CLOSED` and closes every socket.
 */
export function createApi(connection: Connection, options: ApiOptions = {}): Api & AsyncDisposable {
  const clock = options.clock ?? systemClock
  const { headersTimeoutMs = 60_000 } = options
  const agents = agentShelf({
    maxConnections: options.maxConnections ?? 16,
    headersTimeoutMs,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
  })
  const surroundings: Surroundings = {
    connection,
    agents,
    pause: pause(clock),
    clock,
    maxAnswerBytes: options.maxAnswerBytes ?? 64 * 1024 * 1024,
    maxLineBytes: options.maxLineBytes ?? 32 * 1024 * 1024,
    silenceMs: options.silenceMs ?? 90_000,
    maxPauseMs: options.maxPauseMs ?? 10_000,
    readTimeoutMs: options.readTimeoutMs ?? headersTimeoutMs,
    dialTimeoutMs: options.dialTimeoutMs ?? headersTimeoutMs,
  }
  return {
    call: (request) => callOn(surroundings, request),
    watch: (request) => watchOn(surroundings, request),
    [Symbol.asyncDispose]: () => agents.destroy(closed()),
  }
}

const closed = (): MooringError =>
  new MooringError({
    code: 'CONNECTION_CLOSED',
    kind: 'permanent',
    message: 'Expected an open connection to the cluster, found that it was closed',
    hint: 'Whoever made the connection has disposed it. Make another one.',
  })
