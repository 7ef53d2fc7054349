import { invalidOption } from './invalid-option.ts'

/**
 * What to show to the server.
 * - `token`: a personal, project or installation token. Sent as the password of user `x-access-token`, which GitHub,
 *   GitLab, Gitea, Forgejo and Azure DevOps take. Where a server wants another user name, give both.
 * - `username` and `password`: sent as HTTP basic authentication.
 * - `bearer`: sent as `Authorization: Bearer`, as Bitbucket Data Center and identity proxies want it.
 */
export type GitAuth =
  | { readonly token: string }
  | { readonly username: string; readonly password: string }
  | { readonly bearer: string }

/** What a provider of credentials is told. */
export interface GitAuthAsked {
  /** True when the server has just refused (401) what was given last: do not give the same again. */
  readonly isRejected: boolean
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal
}

/**
 * Gives credentials. Called before every request, and once more when the server refuses what it gave; when it then gives
 * the same, that is the end of it. Should keep what is still good: it is called at every poll.
 */
export type GitAuthProvider = (asked: GitAuthAsked) => Promise<GitAuth>

/** Checks that credentials can be sent. Throws `INVALID_OPTION`, without repeating them. */
export function checkCredentials(auth: GitAuth): void {
  for (const value of secretsOf(auth)) {
    if (typeof value !== 'string' || value === '' || /\p{Cc}/u.test(value)) {
      throw invalidOption(
        'auth',
        '{ token }, { username, password } or { bearer }, none of them empty or with control characters',
        undefined,
        'A secret read from a file often ends in a line break: trim it.',
      )
    }
  }
  if ('bearer' in auth && !/^[\x21-\x7e]+$/.test(auth.bearer)) {
    throw invalidOption('auth.bearer', 'a token of printable ASCII characters, without spaces')
  }
  if (basicOf(auth).username.includes(':')) throw invalidOption('auth.username', 'a text without a colon')
}

/** The value of the `Authorization` header. */
export function authorizationOf(auth: GitAuth): string {
  if ('bearer' in auth) return `Bearer ${auth.bearer}`
  const { username, password } = basicOf(auth)
  return `Basic ${base64(`${username}:${password}`)}`
}

/** Every form in which these credentials could show up in what a server says, longest first. */
export function formsOf(auth: GitAuth): readonly string[] {
  const { username, password } = basicOf(auth)
  const secret = 'bearer' in auth ? auth.bearer : password
  const bare = (text: string): string => base64(text).replace(/=+$/, '')
  return [
    bare(`${username}:${secret}`),
    bare(secret),
    encodeURIComponent(secret.toWellFormed()),
    // Letters beyond ASCII, as they look when one side says Latin-1 and the other UTF-8.
    Buffer.from(secret).toString('latin1'),
    Buffer.from(secret, 'latin1').toString('utf8'),
    secret,
  ]
}

const secretsOf = (auth: GitAuth): readonly unknown[] => {
  if (typeof auth !== 'object' || auth === null) return [undefined]
  if ('bearer' in auth) return [auth.bearer]
  const { username, password } = basicOf(auth)
  return [username, password]
}

const basicOf = (auth: GitAuth): { username: string; password: string } => {
  if ('bearer' in auth) return { username: '', password: '' }
  return 'token' in auth ? { username: 'x-access-token', password: auth.token } : auth
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
