import type { GitAuth } from './git-source-options.ts'
import { invalidOption } from './invalid-option.ts'

/** Checks that credentials can be sent. Throws `INVALID_OPTION`, without repeating them. */
export function checkCredentials(auth: GitAuth): void {
  const { username, password } = basicOf(auth)
  for (const value of [username, password]) {
    if (typeof value !== 'string' || value === '' || /\p{Cc}/u.test(value)) {
      throw invalidOption(
        'auth',
        '{ token } or { username, password }, none of them empty or with control characters',
        undefined,
        'A secret read from a file often ends in a line break: trim it.',
      )
    }
  }
  if (username.includes(':')) throw invalidOption('auth.username', 'a text without a colon')
}

/** The value of the `Authorization` header. */
export function authorizationOf(auth: GitAuth): string {
  const { username, password } = basicOf(auth)
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

/** Every form in which these credentials could show up in what a server says, longest first. */
export function formsOf(auth: GitAuth): readonly string[] {
  const { username, password } = basicOf(auth)
  const base64 = (text: string): string => Buffer.from(text).toString('base64').replace(/=+$/, '')
  return [base64(`${username}:${password}`), base64(password), encodeURIComponent(password), password]
}

const basicOf = (auth: GitAuth): { username: string; password: string } =>
  'token' in auth ? { username: 'x-access-token', password: auth.token } : auth
