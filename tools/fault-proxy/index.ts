import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { type Direction, type Faults, lane } from './lane.ts'

export type { Direction } from './lane.ts'

/** Where a proxy leads. */
export interface Upstream {
  readonly host: string
  readonly port: number
}

/** What went through a proxy so far, swallowed bytes left out. */
export interface ProxyCounts {
  /** Connections that were accepted. */
  readonly connections: number
  /** Those of them that are open now. */
  readonly open: number
  readonly bytesUp: number
  readonly bytesDown: number
}

/**
 * A TCP proxy on 127.0.0.1 whose faults are switched on and off while it runs. TLS passes through. Faults add up, and hold
 * for connections that are open and for those that come, until `restore`.
 */
export interface FaultProxy extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** Each byte arrives this much later, each way. */
  readonly latency: (ms: number) => void
  /** No more than this passes each way on each connection. */
  readonly bandwidth: (bytesPerSecond: number) => void
  /**
   * What is sent is swallowed without a word, as by a firewall that has forgotten the connection. A connection that lost
   * bytes stays dead after `restore`. Default: both directions.
   */
  readonly swallow: (...directions: readonly Direction[]) => void
  /** Each connection is reset once this many more bytes went through in one of the directions. */
  readonly cutAfter: (bytes: { readonly up?: number; readonly down?: number }) => void
  /** Nobody listens: new connections are refused. Open ones go on. */
  readonly refuse: () => Promise<void>
  /** Resets all open connections (RST), once. New ones are welcome. */
  readonly reset: () => void
  /** New connections lead there. Open ones go on to where they led. */
  readonly leadTo: (upstream: Upstream) => void
  /** Ends all faults. Listens again where it refused. */
  readonly restore: () => Promise<void>
  readonly counts: () => ProxyCounts
}

/** Starts a proxy before a server. Disposing it resets what is open and frees the port. */
export async function faultProxy(upstream: Upstream): Promise<FaultProxy> {
  let faults: Faults = {}
  let leadsTo = upstream
  const open = new Set<() => void>()
  const counted = { connections: 0, up: 0, down: 0 }
  const accept = (client: Socket): void => {
    counted.connections++
    const server = connect({ ...leadsTo, noDelay: true, allowHalfOpen: true })
    const reset = (): void => {
      open.delete(reset)
      client.resetAndDestroy()
      server.resetAndDestroy()
    }
    open.add(reset)
    for (const socket of [client, server]) socket.on('error', reset)
    client.once('close', () => open.delete(reset))
    const count = (direction: Direction, bytes: number): void => {
      counted[direction] += bytes
    }
    lane({ from: client, to: server, direction: 'up', faults: () => faults, count, cut: reset })
    lane({ from: server, to: client, direction: 'down', faults: () => faults, count, cut: reset })
  }
  let server = await listen(0, accept)
  const { port } = server.address() as AddressInfo
  const set = (more: Faults): void => {
    faults = { ...faults, ...more }
  }
  const reset = (): void => {
    for (const one of [...open]) one()
  }
  const refuse = async (): Promise<void> => {
    // It goes on holding the open connections, so its end is not waited for.
    if (server.listening) server.close()
  }
  return {
    host: '127.0.0.1',
    port,
    latency: (latencyMs) => set({ latencyMs }),
    bandwidth: (bytesPerSecond) => set({ bytesPerSecond }),
    swallow: (...directions) => set({ swallowed: directions.length === 0 ? ['up', 'down'] : directions }),
    cutAfter: (cutAfter) => set({ cutAfter }),
    refuse,
    reset,
    leadTo: (other) => {
      leadsTo = other
    },
    restore: async () => {
      faults = {}
      if (!server.listening) server = await listen(port, accept)
    },
    counts: () => ({
      connections: counted.connections,
      open: open.size,
      bytesUp: counted.up,
      bytesDown: counted.down,
    }),
    [Symbol.asyncDispose]: async () => {
      reset()
      await refuse()
    },
  }
}

async function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  // A side that has said everything may still listen.
  const server = createServer({ noDelay: true, allowHalfOpen: true }, accept)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}
