import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { RequestOptions } from 'node:https'
import type { User } from '@kubernetes/client-node'
import { type Clock, MooringError } from '@mooring/core'
import type { ConnectionOptions } from './connection.ts'
import type { Credentials } from './credentials.ts'
import { type ExecCredential, type ExecPlugin, execPlugin } from './exec-plugin.ts'
import { impersonationHeaders } from './impersonation.ts'
import type { LoadedContext } from './load-context.ts'
import { proxyOf, serverUrlOf } from './server-url.ts'

/** Access by one loaded context. */
export interface ContextAccess {
  readonly namespace?: string
  /** Reads every file again, and runs a plugin where its last credential has run out. */
  readonly credentials: () => Promise<Credentials>
  /**
   * Whether a refusal calls for loading the context anew. Not where a legacy auth provider holds a refresh token that it
   * never writes back.
   */
  readonly reloads: boolean
}

interface Surroundings {
  readonly options: ConnectionOptions
  readonly clock: Clock
  readonly lifetime: AbortSignal
}

/** Access by this context. Throws `KUBECONFIG_INVALID` where server, proxy or plugin cannot be used. */
export function contextAccess(context: LoadedContext, surroundings: Surroundings): ContextAccess {
  const { cluster, user, config, extras } = context
  const { options, lifetime } = surroundings
  const serverUrl = serverUrlOf(context, options.allowPlainHttp === true)
  const proxy = proxyOf(context)
  const plugin = user.exec ? execPlugin(user.exec, context, { ...surroundings, serverUrl }) : undefined
  const tokenFile = tokenFileOf(user) ?? extras.tokenFile
  const impersonate = options.impersonate ?? extras.impersonate
  // client-node refuses http:// unless told not to verify; whether it may be used is decided above. It would run the
  // plugin without a bound and keep a token file's content for a minute, so both are ours.
  config.loadFromOptions({
    clusters: [serverUrl.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster],
    users: [withoutOurs(user, plugin, tokenFile)],
    contexts: [{ name: context.name, cluster: cluster.name, user: user.name }],
    currentContext: context.name,
  })
  return {
    ...(context.namespace === undefined ? {} : { namespace: context.namespace }),
    reloads: !user.authProvider || tokenFile !== undefined,
    credentials: async () => {
      const given = await fromClientNode(context)
      const token = tokenFile === undefined || user.token ? undefined : await readToken(tokenFile, context)
      const fromPlugin = await plugin?.credential(lifetime)
      return credentialsOf({
        serverUrl,
        given,
        token: fromPlugin?.token ?? token,
        fromPlugin,
        headers: impersonate === undefined ? {} : impersonationHeaders(impersonate),
        verify: cluster.skipTLSVerify !== true,
        proxy,
      })
    },
  }
}

function withoutOurs(user: User, plugin: ExecPlugin | undefined, tokenFile: string | undefined): User {
  const { exec, authProvider, impersonateUser, ...rest } = user
  return tokenFile !== undefined || plugin !== undefined || !authProvider ? rest : { ...rest, authProvider }
}

const tokenFileOf = ({ authProvider }: User): string | undefined => {
  const file: unknown = authProvider?.config?.tokenFile
  return typeof file === 'string' ? file : undefined
}

async function fromClientNode({ config, name, origin }: LoadedContext): Promise<RequestOptions> {
  const given: RequestOptions = {}
  try {
    await config.applyToHTTPSOptions(given)
    return given
  } catch (thrown) {
    throw failed(`credentials of context ${name} of ${origin}`, placeOf(thrown))
  }
}

async function readToken(file: string, { name, origin }: LoadedContext): Promise<string> {
  try {
    const token = (await readFile(file, 'utf8')).trim()
    if (token !== '') return token
  } catch (thrown) {
    throw failed(`the token of context ${name} of ${origin}`, placeOf(thrown))
  }
  throw failed(`the token of context ${name} of ${origin}`, `${file} empty`)
}

/** Never the message as it is: authenticators put what a server or a plugin said into it. */
const placeOf = (thrown: unknown): string => {
  const { code, path } = thrown as { readonly code?: unknown; readonly path?: unknown }
  if (typeof code !== 'string') return 'that the auth provider failed'
  return `${typeof path === 'string' ? `that ${path}` : 'that a file'} cannot be read (${code})`
}

const failed = (expected: string, found: string): MooringError =>
  new MooringError({
    code: 'CREDENTIALS_FAILED',
    kind: 'transient',
    message: `Expected ${expected}, found ${found}`,
    hint: 'See whether `kubectl get namespaces` works with the same kubeconfig and context, as the same user.',
  })

interface Parts {
  readonly serverUrl: string
  readonly given: RequestOptions
  readonly token: string | undefined
  readonly fromPlugin: ExecCredential | undefined
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly verify: boolean
  readonly proxy: string | undefined
}

function credentialsOf({ serverUrl, given, token, fromPlugin, headers, verify, proxy }: Parts): Credentials {
  const authorization = token === undefined ? authorizationOf(given) : `Bearer ${token}`
  const tls = {
    ...text('ca', given.ca),
    ...text('cert', fromPlugin?.cert ?? given.cert),
    ...text('key', fromPlugin?.key ?? given.key),
    ...(given.servername === undefined ? {} : { servername: given.servername }),
    rejectUnauthorized: verify,
    ...(proxy === undefined ? {} : { proxy }),
  }
  return {
    serverUrl,
    ...tls,
    headers: authorization === undefined ? headers : { ...headers, authorization },
    material: createHash('sha256')
      .update(JSON.stringify([serverUrl, tls]))
      .digest('base64url'),
  }
}

/** A token that ends in a line break makes no header. */
function authorizationOf({ headers, auth }: RequestOptions): string | undefined {
  if (typeof auth === 'string') return `Basic ${Buffer.from(auth).toString('base64')}`
  const value = (headers as Readonly<Record<string, unknown>> | undefined)?.Authorization
  return typeof value === 'string' ? value.trim() : undefined
}

const text = <Name extends string>(name: Name, value: unknown): { readonly [name in Name]?: string } =>
  typeof value === 'string' || Buffer.isBuffer(value)
    ? ({ [name]: value.toString() } as { [name in Name]?: string })
    : {}
