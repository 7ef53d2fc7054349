import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { etcd } from '../parts/etcd.ts'
import { kubernetes } from '../parts/kubernetes.ts'
import { kwok } from '../parts/kwok.ts'
import { executablesOf } from '../parts/obtain.ts'
import type { ApiCall } from './api-client.ts'
import { countsOf, type RequestFilter, requestsIn, type SeenRequest } from './audit.ts'
import { all, type Processes } from './processes.ts'
import { untilReady } from './readiness.ts'
import { type ControlPlaneOptions, prepare, type Run, startAll, stopAll } from './run.ts'
import { created, type NewUser, type User } from './users.ts'

export type { ApiAnswer, ApiCall } from './api-client.ts'
export type { RequestFilter, SeenRequest } from './audit.ts'
export type { ControlPlaneOptions } from './run.ts'
export { podBehaviours } from './stages.ts'
export type { NewUser, PolicyRule, User } from './users.ts'

/** The API server as something to be disturbed. Its URL, its data and all credentials outlive it. */
export interface ApiServer {
  /** Asks it to end: it answers what it has begun. */
  readonly stop: () => Promise<void>
  /** Ends it at once. */
  readonly kill: () => Promise<void>
  /** Starts it again and waits until it is ready. */
  readonly start: () => Promise<void>
  /** Halts it: connections stay open and nobody answers. */
  readonly pause: () => void
  readonly resume: () => void
}

/** A real Kubernetes control plane on 127.0.0.1. Disposing it stops it. */
export interface ControlPlane extends AsyncDisposable {
  readonly url: string
  /** The certificate authority of the API server, PEM. */
  readonly ca: string
  /** Somebody who may do everything. */
  readonly admin: User
  /** The administrator's kubeconfig as a file. */
  readonly kubeconfigFile: string
  readonly apiServer: ApiServer
  /** Adds an ordinary user, with RBAC rules that are in force when this returns. */
  readonly addUser: (user: NewUser) => Promise<User>
  /** Makes a namespace and gives its name. Default: one nobody else uses. */
  readonly createNamespace: (name?: string) => Promise<string>
  /** What was asked of the API server, oldest first. Exact: whoever has the answer finds the request. */
  readonly requests: (filter?: RequestFilter) => Promise<readonly SeenRequest[]>
  /** The same, counted: `{ 'list deployments.apps': 1 }`. */
  readonly requestCounts: (filter?: RequestFilter) => Promise<Readonly<Record<string, number>>>
  /** The last thousand lines of a process: `etcd`, `kube-apiserver`, `kube-controller-manager`, `kube-scheduler`, `kwok`. */
  readonly logOf: (name: string) => string
  /** Memory in use by each process, in bytes; empty where the system does not say. */
  readonly memory: () => Readonly<Record<string, number>>
  /** Process ids by name. */
  readonly pids: () => Readonly<Record<string, number>>
  /**
   * Ends every process and removes every file. Stopping twice is harmless. Rejects, when all of that is done, if one had
   * ended by itself: what was tested without it proves nothing.
   */
  readonly stop: () => Promise<void>
}

/**
 * Starts a real control plane: etcd, kube-apiserver and, unless left out, kube-controller-manager, kube-scheduler and
 * kwok, which plays two nodes. It is ready when this returns, about 2 seconds later, 4 with controllers. If this process
 * dies, however it dies, the control plane goes with it. Rejects with the component's last lines if one does not start.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const executables = await executablesOf(kubernetes, etcd, ...(options.controllers === false ? [] : [kwok]))
  for (let attempt = 1; ; attempt++) {
    const run = await prepare(options, executables)
    try {
      await startAll(run, options)
      return controlPlaneOf(run, options)
    } catch (error) {
      await stopAll(run).catch(() => undefined)
      // Somebody else took a port between our looking and the process's asking for it.
      if (attempt === 3 || !/address already in use/.test(String(error))) throw error
    }
  }
}

function controlPlaneOf(run: Run, { audit = true }: ControlPlaneOptions): ControlPlane {
  const { folder, url, processes, users, own } = run
  const ca = processes.ca()
  const credentials = users.credentialsOf({ name: 'admin', groups: ['system:masters'] }, run.token)
  const kubeconfigFile = join(folder, 'admin.kubeconfig')
  writeFileSync(kubeconfigFile, credentials.kubeconfig, { mode: 0o600 })
  const auditLog = join(folder, 'audit.log')
  const requests: ControlPlane['requests'] = async (filter = {}) => {
    if (!audit)
      throw new Error('Requests are not recorded: this control plane was started with { audit: false }.')
    return existsSync(auditLog) ? requestsIn(auditLog, filter) : []
  }
  let namespaces = 0
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopped ??= stopAll(run)
    return stopped
  }
  return {
    url,
    ca,
    admin: { ...credentials, call: run.admin.call, revoke: () => undefined },
    kubeconfigFile,
    apiServer: apiServerOf(run),
    addUser: (user) => users.add(user, own.call),
    createNamespace: async (name = `test-${++namespaces}`) => {
      await created(own.call, '/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      })
      return name
    },
    requests,
    requestCounts: async (filter) => countsOf(await requests(filter)),
    logOf: (name) =>
      all(processes)
        .find((component) => component.name === name)
        ?.tail(1000) ?? '',
    memory: () => memoryOf(pidsOf(processes)),
    pids: () => ({ ...pidsOf(processes), watchdog: run.watchdog.pid ?? 0 }),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

const apiServerOf = ({ processes, own }: Run): ApiServer => ({
  stop: processes.apiServer.stop,
  kill: processes.apiServer.kill,
  start: () => startAgain(processes, own.call),
  pause: processes.apiServer.pause,
  resume: processes.apiServer.resume,
})

async function startAgain(processes: Processes, call: ApiCall): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    processes.apiServer.start()
    try {
      return await untilReady(processes, call)
    } catch (error) {
      // A connection of somebody else may have been given the port in the meantime. Such connections pass.
      if (attempt === 3 || !/address already in use/.test(String(error))) throw error
    }
  }
}

function pidsOf(processes: Processes): Readonly<Record<string, number>> {
  const running = all(processes).map(({ name, pid }) => [name, pid()] as const)
  return Object.fromEntries(running.filter((entry): entry is [string, number] => entry[1] !== undefined))
}

function memoryOf(pids: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  if (process.platform !== 'linux') return {}
  const resident = (pid: number): number =>
    Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  return Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, resident(pid)]))
}
