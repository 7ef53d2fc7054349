import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Cluster, KubeConfig, User } from '@kubernetes/client-node'
import { isMooringError, MooringError } from '@mooring/core'
import type { ConnectionOptions } from './connection.ts'
import { type UserExtras, userExtras } from './user-extras.ts'

/** One context of a kubeconfig with everything that it refers to. */
export interface LoadedContext {
  readonly name: string
  /** Where it comes from, for messages. */
  readonly origin: string
  /** What relative paths are relative to. */
  readonly folder: string
  readonly namespace?: string
  readonly cluster: Cluster
  readonly user: User
  readonly extras: UserExtras
  /** Holds this context only. */
  readonly config: KubeConfig
}

/** Which text a kubeconfig was read from, and from where. */
interface Read {
  readonly path?: string
  readonly text: string
}

/**
 * The context that the options choose. client-node finds, parses and merges; see https://kubernetes.io/docs/concepts/
 * configuration/organize-cluster-access-kubeconfig. Throws `KUBECONFIG_NOT_FOUND` and `KUBECONFIG_INVALID`.
 */
export async function loadContext(options: ConnectionOptions): Promise<LoadedContext> {
  // 400 ms and 90 MB, which only those pay who connect.
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  const origin = originOf(options)
  const read = await load(config, options, origin)
  const name = options.context ?? config.getCurrentContext()
  const context = config.getContextObject(name)
  if (!context) throw noContext(name, config, origin)
  const cluster = config.getCluster(context.cluster)
  if (!cluster) throw invalid(origin, `context ${name} to name a cluster`, `no cluster ${context.cluster}`)
  const user = context.user === undefined ? { name: '' } : config.getUser(context.user)
  if (!user) throw invalid(origin, `context ${name} to name a user`, `no user ${context.user}`)
  const folder = read?.path === undefined ? resolve() : dirname(resolve(read.path))
  return {
    name,
    origin,
    folder,
    ...(context.namespace ? { namespace: context.namespace.trim() } : {}),
    cluster,
    user,
    extras: read === undefined ? {} : userExtras(read.text, user.name, folder),
    config,
  }
}

const originOf = ({ kubeconfig, inCluster }: ConnectionOptions): string => {
  if (inCluster === true) return 'the service account of this pod'
  if (kubeconfig === undefined) return 'the default kubeconfig'
  return typeof kubeconfig === 'string' ? `kubeconfig ${kubeconfig}` : 'the kubeconfig given as text'
}

async function load(
  config: KubeConfig,
  options: ConnectionOptions,
  origin: string,
): Promise<Read | undefined> {
  try {
    if (options.inCluster === true) return loadInCluster(config)
    if (options.kubeconfig === undefined) return loadDefault(config)
    return await loadGiven(config, options.kubeconfig)
  } catch (thrown) {
    throw isMooringError(thrown) ? thrown : loadError(thrown, origin)
  }
}

function loadInCluster(config: KubeConfig): undefined {
  config.loadFromCluster()
  // client-node writes this for a host that the environment does not name.
  if (config.clusters[0]?.server.includes('//undefined') !== false) throw notInCluster()
}

function loadDefault(config: KubeConfig): Read | undefined {
  let read: Read | undefined
  let path: string | undefined
  const loadFromFile = config.loadFromFile.bind(config)
  const loadFromString = config.loadFromString.bind(config)
  // The way to learn which file client-node chose: it parses less of it than we need.
  config.loadFromFile = (file, opts) => {
    path = file
    loadFromFile(file, opts)
  }
  config.loadFromString = (text, opts) => {
    read = { text, ...(path === undefined ? {} : { path }) }
    loadFromString(text, opts)
  }
  config.loadFromDefault()
  // What client-node falls back to when it found nothing.
  if (config.getCurrentContext() === 'loaded-context') throw nothingFound()
  return read
}

async function loadGiven(config: KubeConfig, kubeconfig: string | { readonly text: string }): Promise<Read> {
  if (typeof kubeconfig !== 'string') {
    config.loadFromString(kubeconfig.text)
    return kubeconfig
  }
  const text = await readFile(kubeconfig, 'utf8')
  config.loadFromString(text)
  config.makePathsAbsolute(dirname(resolve(kubeconfig)))
  return { path: kubeconfig, text }
}

const noContext = (name: string | undefined, config: KubeConfig, origin: string): MooringError => {
  const known = config.getContexts().map((context) => context.name)
  return invalid(
    origin,
    name === undefined || name === '' ? 'a current-context or a chosen context' : `a context ${name}`,
    known.length === 0 ? 'no contexts' : `${name ? '' : 'none, of '}the contexts ${known.join(', ')}`,
  )
}

/** Something in a kubeconfig that cannot be. */
export const invalid = (origin: string, expected: string, found: string): MooringError =>
  new MooringError({
    code: 'KUBECONFIG_INVALID',
    kind: 'permanent',
    message: `Expected ${origin} to have ${expected}, found ${found}`,
    hint: 'Correct the kubeconfig, or choose another with `kubeconfig` and `context`; `kubectl config view` shows what kubectl makes of it.',
  })

const nothingFound = (): MooringError =>
  new MooringError({
    code: 'KUBECONFIG_NOT_FOUND',
    kind: 'permanent',
    message:
      'Expected a kubeconfig in KUBECONFIG or at ~/.kube/config, or the service account of a pod, found none of them',
    hint: 'Give the option `kubeconfig`, or run where kubectl works.',
  })

const notInCluster = (): MooringError =>
  new MooringError({
    code: 'KUBECONFIG_NOT_FOUND',
    kind: 'permanent',
    message: 'Expected to run in a pod (inCluster), found no KUBERNETES_SERVICE_HOST in the environment',
    hint: 'Leave out `inCluster` outside a cluster.',
  })

/** Parsers quote the lines they fail on, which may hold a token: only place and reason are taken over. */
function loadError(thrown: unknown, origin: string): MooringError {
  const { code, path, mark, reason } = thrown as {
    readonly code?: unknown
    readonly path?: unknown
    readonly mark?: { readonly line?: unknown }
    readonly reason?: unknown
  }
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR') {
    return new MooringError({
      code: 'KUBECONFIG_NOT_FOUND',
      kind: 'permanent',
      message: `Expected to read ${origin}, found that ${typeof path === 'string' ? path : 'it'} cannot be read (${code})`,
      hint: 'Correct the path, or its permissions.',
    })
  }
  if (typeof mark?.line === 'number') {
    return invalid(origin, 'YAML', `${String(reason)} in line ${mark.line + 1}`)
  }
  const said = thrown instanceof Error && /^(clusters|users|contexts)\[\d+\]|^Duplicate /.test(thrown.message)
  return invalid(origin, 'clusters, users and contexts', said ? thrown.message : 'another content')
}
