import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiCall, apiClient } from './api-client.ts'
import { freePorts } from './free-ports.ts'
import { all, newTokens, type Processes, processesOf } from './processes.ts'
import { until, untilNodesAreReady, untilReady } from './readiness.ts'
import { created, startUsers, type Users } from './users.ts'
import { type Watchdog, watchdog } from './watchdog.ts'

/** How to start a control plane. */
export interface ControlPlaneOptions {
  /**
   * Default true: kube-controller-manager, kube-scheduler and kwok run, and two nodes are ready. Without them half a
   * second and half of the memory are saved, and nothing happens by itself: no garbage collection, no namespace is ever
   * gone, no Deployment gets a status. Definitions are established all the same.
   */
  readonly controllers?: boolean
  /** Default true: every request but the control plane's own can be counted. */
  readonly audit?: boolean
  /** More flags of kube-apiserver, such as `--min-request-timeout=5`. They come last, so they win. */
  readonly apiServerFlags?: readonly string[]
}

/** Everything one control plane consists of. */
export interface Run {
  readonly folder: string
  readonly url: string
  readonly watchdog: Watchdog
  readonly users: Users
  readonly processes: Processes
  /** The administrator's token. */
  readonly token: string
  /** For the control plane's own requests, which are not recorded. */
  readonly own: Client
  readonly admin: Client
}

interface Client {
  readonly call: ApiCall
  readonly close: () => void
}

/** Chooses a folder, ports and tokens. Only the watchdog and the answers about tokens run already. */
export async function prepare(
  { audit = true, apiServerFlags = [] }: ControlPlaneOptions,
  executables: Readonly<Record<string, string>>,
): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'mooring-control-plane-'))
  const [etcd = 0, etcdPeers = 0, apiServer = 0] = await freePorts(3)
  const url = `https://127.0.0.1:${apiServer}`
  const guard = watchdog(folder)
  const tokens = newTokens()
  const users = await startUsers({ url: () => url, ca: () => processes.ca() })
  const processes: Processes = processesOf({
    folder,
    executables,
    ports: { etcd, etcdPeers, apiServer },
    tokens,
    webhookUrl: users.webhookUrl,
    clientAuthority: users.clientAuthority,
    audit,
    apiServerFlags,
    watchdog: guard,
  })
  const client = (token: string): Client => apiClient({ url, ca: processes.ca, token })
  return {
    folder,
    url,
    watchdog: guard,
    users,
    processes,
    token: tokens.admin,
    own: client(tokens.controlPlane),
    admin: client(tokens.admin),
  }
}

/** Starts the processes in the order in which they need each other, and waits until all of them work. */
export async function startAll(
  { processes, own, folder }: Run,
  { controllers = true }: ControlPlaneOptions,
): Promise<void> {
  processes.etcd.start()
  processes.apiServer.start()
  await until(() => existsSync(join(folder, 'apiserver.key')), [processes.etcd, processes.apiServer])
  await untilReady(processes, own.call)
  if (!controllers) return
  processes.writeKubeconfig()
  for (const controller of processes.controllers) controller.start()
  for (const name of ['node-1', 'node-2'])
    await created(own.call, '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name } })
  await untilNodesAreReady(processes, own.call)
}

/** Ends everything and removes the folder; then throws if a process had ended by itself. */
export async function stopAll({ folder, watchdog, users, processes, own, admin }: Run): Promise<void> {
  const ended = all(processes).filter(({ ending }) => ending() !== undefined)
  const report = ended.map(({ name, ending, tail }) => `${name} (${ending()}). Its last lines:\n${tail()}`)
  // By force and all at once: nobody will read their data again.
  await Promise.all(all(processes).map(({ kill }) => kill()))
  own.close()
  admin.close()
  await users.stop()
  rmSync(folder, { recursive: true, force: true })
  await watchdog.dismiss()
  if (report.length > 0) throw new Error(`Ended by itself: ${report.join('\n')}`)
}
