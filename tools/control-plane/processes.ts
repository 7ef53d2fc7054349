import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { auditPolicy } from './audit.ts'
import { type Component, component } from './component.ts'
import { kubeconfigOf } from './kubeconfig.ts'
import { stages } from './stages.ts'
import type { Watchdog } from './watchdog.ts'

/** The processes of a control plane, none of them started. */
export interface Processes {
  readonly etcd: Component
  readonly apiServer: Component
  /** kube-controller-manager, kube-scheduler and kwok. Their kubeconfig is written by `writeKubeconfig`. */
  readonly controllers: readonly Component[]
  /** The certificate authority, once the API server has made its certificate. PEM. */
  readonly ca: () => string
  /** Writes the kubeconfig the controllers start with. */
  readonly writeKubeconfig: () => void
}

/** What the processes need to know. */
export interface Settings {
  /** Where all of them keep everything. */
  readonly folder: string
  /** Paths by name of the executable. */
  readonly executables: Readonly<Record<string, string>>
  readonly ports: { readonly etcd: number; readonly etcdPeers: number; readonly apiServer: number }
  readonly tokens: Tokens
  readonly webhookUrl: string
  readonly clientAuthority: string
  readonly audit: boolean
  readonly apiServerFlags: readonly string[]
  readonly watchdog: Watchdog
}

/** Tokens of the two users that exist from the start, both of them in `system:masters`. */
export interface Tokens {
  readonly admin: string
  /** Used by the control plane's own processes, so that what they do is not taken for what a test does. */
  readonly controlPlane: string
}

/** New tokens. */
export const newTokens = (): Tokens => ({ admin: randomUUID(), controlPlane: randomUUID() })

/** Writes the files the processes read, and says how to start them. */
export function processesOf(settings: Settings): Processes {
  const { folder, executables, ports, watchdog } = settings
  const file = (name: string): string => join(folder, name)
  const process = (name: string, args: readonly string[]): Component =>
    component({ name, args, executable: executables[name] ?? name, folder, watchdog })
  const ca = (): string => certificateAuthorityIn(readFileSync(file('apiserver.crt'), 'utf8'))
  writeFiles(settings, file)
  return {
    etcd: process('etcd', etcdArgs(ports, file)),
    apiServer: process('kube-apiserver', apiServerArgs(settings, file)),
    controllers: [
      process('kube-controller-manager', controllerManagerArgs(file)),
      process('kube-scheduler', [
        `--kubeconfig=${file('controllers.kubeconfig')}`,
        '--leader-elect=false',
        '--secure-port=0',
        // Thousands of pods in a benchmark should wait for what is measured, not for the default limit of 50 a second.
        '--kube-api-qps=1000',
        '--kube-api-burst=1000',
      ]),
      process('kwok', [
        `--kubeconfig=${file('controllers.kubeconfig')}`,
        `--config=${file('stages.yaml')}`,
        '--manage-all-nodes=true',
        '--node-lease-duration-seconds=40',
      ]),
    ],
    ca,
    writeKubeconfig: () =>
      writeFileSync(
        file('controllers.kubeconfig'),
        kubeconfigOf({
          name: 'control-plane',
          url: `https://127.0.0.1:${ports.apiServer}`,
          ca: ca(),
          token: settings.tokens.controlPlane,
        }),
      ),
  }
}

/** Every process, those that others depend on last. */
export const all = ({ etcd, apiServer, controllers }: Processes): readonly Component[] => [
  ...controllers,
  apiServer,
  etcd,
]

type FileIn = (name: string) => string

function writeFiles({ tokens, webhookUrl, clientAuthority }: Settings, file: FileIn): void {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  writeFileSync(file('service-accounts.key'), privateKey, { mode: 0o600 })
  writeFileSync(file('service-accounts.pub'), publicKey)
  writeFileSync(
    file('tokens.csv'),
    `${tokens.admin},admin,admin,system:masters\n${tokens.controlPlane},control-plane,control-plane,system:masters\n`,
    { mode: 0o600 },
  )
  writeFileSync(
    file('webhook.json'),
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'users', cluster: { server: webhookUrl } }],
      users: [{ name: 'users', user: {} }],
      contexts: [{ name: 'users', context: { cluster: 'users', user: 'users' } }],
      'current-context': 'users',
    }),
  )
  writeFileSync(file('clients.crt'), clientAuthority)
  writeFileSync(file('audit-policy.json'), auditPolicy)
  writeFileSync(file('stages.yaml'), stages())
}

const etcdArgs = (ports: Settings['ports'], file: FileIn): readonly string[] => [
  `--data-dir=${file('etcd')}`,
  // As kubeadm has it: without it the API server sends no bookmarks to the watches of what is quiet.
  '--watch-progress-notify-interval=5s',
  `--listen-client-urls=http://127.0.0.1:${ports.etcd}`,
  `--advertise-client-urls=http://127.0.0.1:${ports.etcd}`,
  `--listen-peer-urls=http://127.0.0.1:${ports.etcdPeers}`,
  // The data lives as long as the process group: nothing is gained by waiting for the disk.
  '--unsafe-no-fsync=true',
  '--log-level=warn',
]

const apiServerArgs = ({ ports, audit, apiServerFlags }: Settings, file: FileIn): readonly string[] => [
  `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
  '--bind-address=127.0.0.1',
  '--advertise-address=127.0.0.1',
  `--secure-port=${ports.apiServer}`,
  // Without a certificate there it makes one, and the authority that signs it, and finds both again after a restart.
  `--cert-dir=${file('')}`,
  `--client-ca-file=${file('clients.crt')}`,
  `--token-auth-file=${file('tokens.csv')}`,
  `--authentication-token-webhook-config-file=${file('webhook.json')}`,
  '--authentication-token-webhook-version=v1',
  '--authentication-token-webhook-cache-ttl=1s',
  '--authorization-mode=RBAC',
  '--allow-privileged=true',
  '--service-cluster-ip-range=10.0.0.0/24',
  // As envtest does: pods do not wait for the controller that makes their namespace's ServiceAccount.
  '--disable-admission-plugins=ServiceAccount',
  `--service-account-issuer=https://127.0.0.1:${ports.apiServer}/`,
  `--service-account-key-file=${file('service-accounts.pub')}`,
  `--service-account-signing-key-file=${file('service-accounts.key')}`,
  ...(audit
    ? [
        `--audit-policy-file=${file('audit-policy.json')}`,
        `--audit-log-path=${file('audit.log')}`,
        // One file: requests are counted by reading it.
        '--audit-log-maxsize=0',
      ]
    : []),
  ...apiServerFlags,
]

const controllerManagerArgs = (file: FileIn): readonly string[] => [
  `--kubeconfig=${file('controllers.kubeconfig')}`,
  `--service-account-private-key-file=${file('service-accounts.key')}`,
  '--leader-elect=false',
  '--secure-port=0',
  '--kube-api-qps=1000',
  '--kube-api-burst=1000',
  // The garbage collector and the namespace controller learn of new kinds at this pace.
  '--min-resync-period=12h',
]

/** The API server writes its own certificate first and the authority's behind it. */
function certificateAuthorityIn(pem: string): string {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? []
  return certificates.at(-1) ?? pem
}
