import { type Abortable, type Clock, systemClock } from '@mooring/core'
import { type ContextAccess, contextAccess } from './context-access.ts'
import { type CredentialCache, credentialCache } from './credential-cache.ts'
import type { Credentials } from './credentials.ts'
import { loadContext } from './load-context.ts'

/** How to reach one cluster, and as whom. */
export interface ConnectionOptions {
  /**
   * The path of a kubeconfig file, or its text. By default the one that kubectl would take (the environment variable
   * `KUBECONFIG`, then `~/.kube/config`), and without one the service account of the pod we run in. Paths within a text
   * are relative to the working directory.
   */
  readonly kubeconfig?: string | { readonly text: string }
  /** The context of the kubeconfig. Default: its `current-context`. */
  readonly context?: string
  /** True: only the service account of the pod we run in; no kubeconfig is looked for. Default false. */
  readonly inCluster?: boolean
  /** Act as somebody else. Takes the place of what the kubeconfig says. */
  readonly impersonate?: Impersonation
  /** Allow `http://` to another host than this one: credentials cross the network in clear. Default false. */
  readonly allowPlainHttp?: boolean
  /** How long credentials are used before their files are read again. Default and most 60,000. */
  readonly credentialsMaxAgeMs?: number
  /** How long getting credentials, a plugin's run included, may take. Default 30,000. */
  readonly credentialsTimeoutMs?: number
  readonly clock?: Clock
}

/** Whom to act as: needs the verb `impersonate` on users, groups and so on. */
export interface Impersonation {
  readonly user: string
  readonly groups?: readonly string[]
  readonly uid?: string
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** One cluster's address and credentials. Nothing is read before the first ask. */
export interface Connection {
  /**
   * Credentials no older than `credentialsMaxAgeMs`. Callers at the same time share one run of a plugin; one who aborts
   * leaves alone. Throws `KUBECONFIG_NOT_FOUND`, `KUBECONFIG_INVALID` and `CREDENTIALS_FAILED`.
   */
  readonly credentials: (options: Abortable) => Promise<Credentials>
  /** The server refused these: unless that is known already, the next ask reads everything anew, kubeconfig included. */
  readonly drop: (refused: Credentials) => void
  /** The namespace that the context names, if it does. */
  readonly namespace: (options: Abortable) => Promise<string | undefined>
  /** Ends a plugin that still runs. Nothing is read any more. */
  readonly close: () => void
}

/** A connection that reads its kubeconfig when it is first asked. */
export function createConnection(options: ConnectionOptions = {}): Connection {
  const clock = options.clock ?? systemClock
  const lifetime = new AbortController()
  let access: Promise<ContextAccess> | undefined

  const hold = (opening: Promise<ContextAccess>): Promise<ContextAccess> => {
    access = opening
    // A kubeconfig that was missing or broken may be there at the next ask.
    opening.catch(() => {
      if (access === opening) access = undefined
    })
    return opening
  }
  const openAnew = (): Promise<ContextAccess> => open(options, clock, lifetime.signal)
  const opened = (): Promise<ContextAccess> => access ?? hold(openAnew())

  const cache: CredentialCache = credentialCache({
    clock,
    lifetime: lifetime.signal,
    maxAgeMs: Math.min(options.credentialsMaxAgeMs ?? 60_000, 60_000),
    timeoutMs: options.credentialsTimeoutMs ?? 30_000,
    read: async () => (await opened()).credentials(),
  })

  return {
    credentials: cache.get,
    drop: (refused) => {
      if (!cache.drop(refused) || access === undefined) return
      void hold(access.then((known) => (known.reloads ? openAnew() : known)))
    },
    namespace: async ({ signal }) => {
      await cache.get({ signal })
      return (await opened()).namespace
    },
    close: () => lifetime.abort(new Error('The connection was closed')),
  }
}

const open = async (
  options: ConnectionOptions,
  clock: Clock,
  lifetime: AbortSignal,
): Promise<ContextAccess> => contextAccess(await loadContext(options), { options, clock, lifetime })
