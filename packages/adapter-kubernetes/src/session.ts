import type { Clock } from '@mooring/core'
import { type Connection, type ConnectionOptions, createConnection } from './connection/connection.ts'
import { createDiscovery, type Discovery } from './discovery/discovery.ts'
import { type ClusterFacts, clusterFacts } from './facts.ts'
import { clusterIdentity } from './identity.ts'
import { watchDefinitions } from './live/definitions.ts'
import { type LiveObjects, liveObjects } from './live/live-objects.ts'
import { createSubscribers, type Subscribers } from './live/subscribers.ts'
import { watchForReturn } from './live/watch-for-return.ts'
import { type OwnedObjects, ownedObjects } from './owned.ts'
import type { Api } from './transport/api.ts'
import { createApi } from './transport/create-api.ts'

/** An open connection to one cluster, with everything that is shared by the targets on it. */
export interface Session {
  readonly connection: Connection
  readonly clock: Clock
  readonly staleMs: number
  readonly api: Api
  readonly discovery: Discovery
  readonly live: LiveObjects
  readonly owned: OwnedObjects
  readonly subscribers: Subscribers
  readonly identity: (signal: AbortSignal) => Promise<string>
  readonly facts: (signal: AbortSignal) => Promise<ClusterFacts>
  /** From now on, whoever waits for a kind is told when definitions change. */
  readonly awaitDefinitions: () => void
  readonly close: () => Promise<void>
}

/** What a session is opened with. */
export interface SessionOptions extends ConnectionOptions {
  readonly clock: Clock
  readonly maxConnections: number
  readonly staleMs: number
  readonly identity?: string
}

/** Opens a session. Nothing is sent before somebody asks for something. */
export function openSession(options: SessionOptions): Session {
  const { clock, staleMs } = options
  const connection = createConnection(options)
  const transport = createApi(connection, {
    maxConnections: options.maxConnections,
    silenceMs: silenceFor(staleMs),
    readTimeoutMs: Math.min(60_000, Math.ceil(staleMs / 2)),
    dialTimeoutMs: Math.min(60_000, staleMs - silenceFor(staleMs)),
    clock,
  })
  const ended = new AbortController()
  const subscribers = createSubscribers()
  const api = watchForReturn(transport, {
    clock,
    signal: ended.signal,
    onReturn: () => {
      identity.doubt()
      live.retry()
      subscribers.tellAll('the cluster answers again')
    },
  })
  const discovery = createDiscovery(api, { clock })
  const identity = clusterIdentity(api, options.identity, () => {
    live.forgetAll()
    owned.forgetAll()
    void discovery.refresh({ signal: ended.signal }).catch(() => undefined)
    subscribers.tellAll('another cluster answers')
  })
  const live = liveObjects({ api, discovery, clock, subscribers, staleMs, onLost: identity.doubt })
  const owned = ownedObjects({ api, discovery, clock, staleMs })
  let definitions: Promise<void> | undefined
  return {
    connection,
    clock,
    staleMs,
    api,
    discovery,
    live,
    owned,
    subscribers,
    identity: identity.get,
    facts: clusterFacts(discovery),
    awaitDefinitions: () => {
      definitions ??= watchDefinitions({
        api,
        clock,
        signal: ended.signal,
        onChange: (reason) => {
          const { signal } = ended
          const looked = discovery.refresh({ signal }).catch(() => undefined)
          void looked.then(() => subscribers.tellAll(reason))
        },
      })
    },
    close: async () => {
      const reason = new Error('The connection to the cluster was closed')
      ended.abort(reason)
      live.stop(reason)
      connection.close()
      await definitions
      await transport[Symbol.asyncDispose]()
    },
  }
}

/**
 * How long a watch may be silent before it is dialled again. A server sends a bookmark each minute, but only where its etcd
 * reports progress; elsewhere the watch of a quiet kind is silent and sound. So silence alone breaks nothing: the dial that
 * follows tells, and there is time left for it while the records can still be vouched for.
 */
const silenceFor = (staleMs: number): number => Math.min(65_000, Math.floor(staleMs * 0.7))
