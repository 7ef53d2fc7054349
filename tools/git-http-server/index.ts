import { spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { gitEnvironment } from '../git-repository/run-git.ts'
import { answerWith } from './cgi.ts'

/** What a client must show. A token is taken as a bearer token and as the password of any user name, as forges do. */
export type ServedAuth = { readonly token: string } | { readonly username: string; readonly password: string }

/** What to serve, and how. */
export interface GitServerOptions {
  /** Every repository below this folder is served by its relative path. */
  readonly root: string
  /** Without it everybody may read and push. */
  readonly auth?: ServedAuth
  /** Serve over TLS. `clients`: the authority that has to vouch for whoever asks. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly clients?: string }
  /** The newest version of the protocol it speaks. Default 2; 0 is what servers of before 2018 spoke. */
  readonly protocol?: 0 | 2
  /**
   * Called before a request is answered. Give true when it has been answered here; wait for something to hold it up;
   * destroy the response to cut the line.
   */
  readonly onRequest?: (
    request: IncomingMessage,
    response: ServerResponse,
  ) => boolean | undefined | Promise<boolean | undefined>
}

/** One request that came in. The later fields are filled in once it has been answered. */
export interface ServedRequest {
  readonly method: string
  /** With the query: `/env.git/info/refs?service=git-upload-pack`. */
  readonly path: string
  /** The `Git-Protocol` header: `version=2`; absent for the oldest protocol. */
  readonly protocol?: string
  /** Bytes of the answer's body. */
  readonly sent: number
  readonly status: number
}

/** A real Git server on this machine. */
export interface GitServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, or `https://…`; a repository is at `${url}/${name}`. */
  readonly url: string
  /** Everything asked so far, oldest first. */
  readonly requests: () => readonly ServedRequest[]
}

/** Serves repositories over HTTP through the real `git http-backend`, with clone and push. */
export async function serveGit(options: GitServerOptions): Promise<GitServer> {
  const requests: ServedRequest[] = []
  const { tls } = options
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void answer(request, response, options, requests).catch(() => response.destroy())
  }
  const server =
    tls === undefined
      ? createServer(listener)
      : createSecureServer(
          {
            cert: tls.certificate,
            key: tls.key,
            ...(tls.clients === undefined ? {} : { ca: tls.clients, requestCert: true }),
          },
          listener,
        )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http${tls === undefined ? '' : 's'}://127.0.0.1:${port}`,
    requests: () => [...requests],
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: GitServerOptions,
  requests: ServedRequest[],
): Promise<void> {
  record(request, response, requests)
  if ((await options.onRequest?.(request, response)) === true) return
  if (options.auth && !mayEnter(request, options.auth)) {
    request.resume()
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('Unauthorized\n')
    return
  }
  await runBackend(request, response, options)
}

/** Counts what goes out by looking at the body, whoever writes it. */
function record(request: IncomingMessage, response: ServerResponse, requests: ServedRequest[]): void {
  const protocol = request.headers['git-protocol']
  const entry = {
    method: request.method ?? '',
    path: request.url ?? '',
    ...(typeof protocol === 'string' ? { protocol } : {}),
    sent: 0,
    status: 0,
  }
  requests.push(entry)
  const write = response.write.bind(response)
  const end = response.end.bind(response)
  const count = (chunk: unknown): void => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) entry.sent += Buffer.byteLength(chunk)
    entry.status = response.statusCode
  }
  response.write = ((...args: Parameters<typeof write>) => {
    count(args[0])
    return write(...args)
  }) as typeof write
  response.end = ((...args: Parameters<typeof end>) => {
    count(args[0])
    return end(...args)
  }) as typeof end
}

function mayEnter(request: IncomingMessage, auth: ServedAuth): boolean {
  const [scheme, shown] = (request.headers.authorization ?? '').split(' ')
  if ('token' in auth && scheme === 'Bearer') return shown === auth.token
  if (scheme !== 'Basic') return false
  const [username, ...password] = Buffer.from(shown ?? '', 'base64')
    .toString('utf8')
    .split(':')
  return 'token' in auth
    ? password.join(':') === auth.token
    : username === auth.username && password.join(':') === auth.password
}

async function runBackend(
  request: IncomingMessage,
  response: ServerResponse,
  { root, protocol = 2 }: GitServerOptions,
): Promise<void> {
  const { pathname, search } = new URL(request.url ?? '/', 'http://server')
  const header = (name: string): string => String(request.headers[name] ?? '')
  const backend = spawn('git', ['http-backend'], {
    env: {
      ...gitEnvironment(root),
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_0: 'http.receivepack',
      GIT_CONFIG_VALUE_0: 'true',
      GIT_CONFIG_KEY_1: 'safe.directory',
      GIT_CONFIG_VALUE_1: '*',
      GIT_PROTOCOL: protocol === 0 ? '' : header('git-protocol'),
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: header('content-type'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      REMOTE_ADDR: '127.0.0.1',
      ...(request.headers['content-length'] ? { CONTENT_LENGTH: request.headers['content-length'] } : {}),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  response.on('close', () => backend.kill())
  backend.stdin.on('error', () => undefined)
  request.pipe(backend.stdin)
  await answerWith(backend.stdout, response)
}
