import type { Dispatcher } from 'undici'
import type { Credentials } from '../connection/credentials.ts'

/** The sockets of one connection. Watches have their own: a few hundred of them must not keep a call waiting. */
export interface Agents {
  readonly calls: Dispatcher
  readonly watches: Dispatcher
}

/** Long-lived agents for whatever the credentials' TLS material is now. */
export interface AgentShelf {
  /** Those in use; new ones when the material has changed, while the old ones end what they have begun and close. */
  readonly agentsFor: (credentials: Credentials) => Promise<Agents>
  /** Ends everything with this error, and refuses with it from now on. */
  readonly destroy: (error: Error) => Promise<void>
}

/** Bounds of the sockets. */
export interface AgentOptions {
  readonly maxConnections: number
  readonly headersTimeoutMs: number
  readonly connectTimeoutMs: number
}

/** Opens nothing before the first request. */
export function agentShelf(options: AgentOptions): AgentShelf {
  // Also those that are closing: a watch may keep one open for an hour.
  const open = new Set<Dispatcher>()
  let current: { readonly material: string; readonly agents: Promise<Agents> } | undefined
  let ended: Error | undefined

  const retire = async (agent: Dispatcher): Promise<void> => {
    await agent.close().catch(() => undefined)
    open.delete(agent)
  }

  const swap = async (credentials: Credentials, before: Promise<Agents> | undefined): Promise<Agents> => {
    const agents = await createAgents(credentials, options)
    open.add(agents.calls).add(agents.watches)
    before?.then(({ calls, watches }) => Promise.all([retire(calls), retire(watches)])).catch(() => undefined)
    return agents
  }

  const refuseWhenEnded = (): void => {
    if (ended !== undefined) throw ended
  }

  return {
    agentsFor: async (credentials) => {
      refuseWhenEnded()
      if (current?.material !== credentials.material) {
        current = { material: credentials.material, agents: swap(credentials, current?.agents) }
      }
      const agents = await current.agents
      refuseWhenEnded()
      return agents
    },
    destroy: async (error) => {
      ended = error
      await current?.agents.catch(() => undefined)
      await Promise.all([...open].map((agent) => agent.destroy(error)))
      open.clear()
    },
  }
}

async function createAgents(credentials: Credentials, options: AgentOptions): Promise<Agents> {
  const { Agent, ProxyAgent } = await import('undici')
  const { ca, cert, key, servername, rejectUnauthorized, proxy } = credentials
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
    rejectUnauthorized,
    // HTTP/2 folds repeated headers into one, which breaks impersonation of groups.
    allowH2: false,
    timeout: options.connectTimeoutMs,
    keepAlive: true,
    // Below the idle timeouts of common load balancers (60 s).
    keepAliveInitialDelay: 30_000,
  }
  const shared = {
    allowH2: false,
    pipelining: 1,
    headersTimeout: options.headersTimeoutMs,
    connectTimeout: options.connectTimeoutMs,
    keepAliveTimeout: 30_000,
  }
  const create = (own: { readonly connections: number | null; readonly bodyTimeout: number }): Dispatcher =>
    proxy === undefined
      ? new Agent({ ...shared, ...own, connect: tls })
      : new ProxyAgent({ ...shared, ...own, uri: proxy, requestTls: tls })
  return {
    calls: create({ connections: options.maxConnections, bodyTimeout: options.headersTimeoutMs }),
    // Silence is judged by the watch itself.
    watches: create({ connections: null, bodyTimeout: 0 }),
  }
}
