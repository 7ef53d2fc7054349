import { spawn } from 'node:child_process'
import { isAbsolute, join } from 'node:path'
import { env as inherited } from 'node:process'
import { type Clock, MooringError } from '@mooring/core'
import type { ConnectionOptions } from './connection.ts'
import { invalid, type LoadedContext } from './load-context.ts'

/** A credential plugin of a kubeconfig (`user.exec`). */
export interface ExecPlugin {
  /** Its last credential while that is good for another half minute, else what a run gives. `CREDENTIALS_FAILED`. */
  readonly credential: (signal: AbortSignal) => Promise<ExecCredential>
}

/** What a plugin answered. */
export interface ExecCredential {
  readonly token?: string
  readonly cert?: string
  readonly key?: string
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number
}

interface ExecConfig {
  readonly apiVersion: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly installHint?: string
}

interface Surroundings {
  readonly options: ConnectionOptions
  readonly clock: Clock
  readonly serverUrl: string
}

/** A credential is renewed this long before it runs out: requests and clocks take their time. */
const skewMs = 30_000
const longestOutput = 1024 * 1024

/**
 * A plugin by the rules of https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-
 * plugins, always non-interactive. It gets our environment, as under kubectl; what it prints stays out of every message.
 */
export function execPlugin(exec: unknown, context: LoadedContext, surroundings: Surroundings): ExecPlugin {
  const { clock, options, serverUrl } = surroundings
  const config = execConfigOf(exec, context)
  const info = JSON.stringify({
    apiVersion: config.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...clusterInfo(exec, context, serverUrl) },
  })
  let last: ExecCredential | undefined
  return {
    credential: async (signal) => {
      if (last !== undefined && (last.expiresAt ?? Number.POSITIVE_INFINITY) - skewMs > clock.now())
        return last
      const timeoutMs = options.credentialsTimeoutMs ?? 30_000
      last = credentialIn(await run(config, info, timeoutMs, signal), config)
      return last
    },
  }
}

function execConfigOf(exec: unknown, { name, origin, folder }: LoadedContext): ExecConfig {
  const { apiVersion, command, args, env, installHint } = exec as Readonly<Record<string, unknown>>
  if (typeof command !== 'string' || command === '') {
    throw invalid(`context ${name} of ${origin}`, 'a command in its user’s exec', 'none')
  }
  const pairs = (Array.isArray(env) ? env : []) as readonly {
    readonly name: string
    readonly value: string
  }[]
  return {
    apiVersion: typeof apiVersion === 'string' ? apiVersion : 'client.authentication.k8s.io/v1',
    // As kubectl: a bare name is looked up in PATH, a relative path is relative to the kubeconfig.
    command: isAbsolute(command) || !/[\\/]/.test(command) ? command : join(folder, command),
    args: Array.isArray(args) ? args.map(String) : [],
    env: Object.fromEntries(pairs.map((pair) => [pair.name, String(pair.value)])),
    ...(typeof installHint === 'string' ? { installHint } : {}),
  }
}

function clusterInfo(exec: unknown, { cluster }: LoadedContext, serverUrl: string): object {
  if ((exec as Readonly<Record<string, unknown>>).provideClusterInfo !== true) return {}
  return {
    cluster: {
      server: serverUrl,
      ...(cluster.tlsServerName ? { 'tls-server-name': cluster.tlsServerName } : {}),
      ...(cluster.skipTLSVerify ? { 'insecure-skip-tls-verify': true } : {}),
      ...(cluster.caData ? { 'certificate-authority-data': cluster.caData } : {}),
      ...(cluster.proxyUrl ? { 'proxy-url': cluster.proxyUrl } : {}),
    },
  }
}

function run(config: ExecConfig, info: string, timeoutMs: number, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const plugin = spawn(config.command, config.args, {
      env: { ...inherited, ...config.env, KUBERNETES_EXEC_INFO: info },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      signal,
    })
    let output = ''
    plugin.stdout.setEncoding('utf8')
    plugin.stdout.on('data', (chunk: string) => {
      if (output.length + chunk.length > longestOutput) plugin.kill('SIGKILL')
      else output += chunk
    })
    plugin.on('error', (cause: NodeJS.ErrnoException) =>
      reject(failed(config, `${cause.code ?? cause.name}`)),
    )
    // A grandchild may keep the pipe open after a failure, so only success waits for its end.
    plugin.on('exit', (code, killedBy) => {
      if (code !== 0)
        reject(failed(config, code === null ? `that ${killedBy} ended it` : `exit code ${code}`))
    })
    plugin.on('close', () => resolve(output))
  })
}

function credentialIn(output: string, config: ExecConfig): ExecCredential {
  let status: Readonly<Record<string, unknown>> | undefined
  try {
    status = (JSON.parse(output) as { readonly status?: Readonly<Record<string, unknown>> }).status
  } catch {
    // Falls through to the error, without the output that a parse error quotes.
  }
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = status ?? {}
  if (typeof token !== 'string' && (typeof cert !== 'string' || typeof key !== 'string')) {
    throw failed(config, 'an answer with neither a token nor a certificate and key')
  }
  const expiresAt = typeof expirationTimestamp === 'string' ? Date.parse(expirationTimestamp) : Number.NaN
  return {
    ...(typeof token === 'string' ? { token: token.trim() } : {}),
    ...(typeof cert === 'string' && typeof key === 'string' ? { cert, key } : {}),
    ...(Number.isNaN(expiresAt) ? {} : { expiresAt }),
  }
}

const failed = ({ command, installHint }: ExecConfig, found: string): MooringError =>
  new MooringError({
    code: 'CREDENTIALS_FAILED',
    kind: 'transient',
    message: `Expected a credential from the plugin ${command}, found ${found}`,
    hint:
      found === 'ENOENT'
        ? (installHint ?? `Install ${command}, or put it on the PATH of this process.`)
        : `Run ${command} by hand, as the user and with the environment of this process; what it prints is not repeated here, because it may hold a token.`,
  })
