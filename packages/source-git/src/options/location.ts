import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { invalidOption } from './invalid-option.ts'
import { locateSsh, type SshLocation } from './ssh-location.ts'

/** Where a repository is: behind a URL, or a folder of this machine. */
export type Location =
  | HttpLocation
  | SshLocation
  | { readonly kind: 'local'; readonly folder: string; readonly name: string }

/** A repository behind HTTP(S). */
export interface HttpLocation {
  readonly kind: 'http'
  readonly scheme: 'https' | 'http'
  /** Without port. */
  readonly host: string
  /** Without slash at the end. */
  readonly url: string
  readonly name: string
}

const expected =
  'an https://, http:// or ssh:// URL, or the path or file:// URL of a repository of this machine'

/** Where a URL or path leads. No I/O. Throws `INVALID_OPTION`, without repeating what could hold credentials. */
export function locate(url: string): Location {
  if (typeof url !== 'string' || url === '') throw invalidOption('url', expected, 'it is empty')
  if (url.startsWith('-')) throw invalidOption('url', expected, 'it begins with a dash')
  if (/\p{Cc}/u.test(url)) throw invalidOption('url', expected, 'it has control characters')
  if (url.trim() !== url) throw invalidOption('url', expected, 'it has white space around it')
  if (/^https?:/i.test(url)) return locateHttp(url)
  if (/^file:/i.test(url)) return locateFile(url)
  const ssh = locateSsh(url)
  if (ssh !== undefined) return ssh
  refuseOtherTransports(url)
  refuseNearUrls(url)
  const folder = resolve(url)
  return { kind: 'local', folder, name: folder }
}

function locateHttp(text: string): Location {
  const url = parse(text)
  if (url.username !== '' || url.password !== '') {
    throw invalidOption(
      'url',
      'a URL without credentials',
      'it has a user name or password',
      'Give them in `auth`: { token } or { username, password }. In a URL they end up in logs.',
    )
  }
  if (url.search !== '' || url.hash !== '') {
    throw invalidOption(
      'url',
      'a URL without ? and #',
      'it has one',
      'A branch, tag or commit goes to `ref`.',
    )
  }
  if (/%(0[0-9a-f]|1[0-9a-f]|7f)/i.test(url.pathname)) {
    throw invalidOption('url', expected, 'it has escaped control characters')
  }
  const path = url.pathname.replace(/\/+$/, '')
  return {
    kind: 'http',
    scheme: url.protocol === 'https:' ? 'https' : 'http',
    host: url.hostname,
    url: url.origin + path,
    name: nameOf(url.host + path),
  }
}

function locateFile(text: string): Location {
  const url = parse(text)
  try {
    const folder = resolve(fileURLToPath(url))
    if (!/\p{Cc}/u.test(folder)) return { kind: 'local', folder, name: folder }
  } catch {
    // Another host, or escaped slashes.
  }
  throw invalidOption('url', expected, 'its file:// URL names no folder of this machine')
}

function parse(text: string): URL {
  const url = URL.parse(text)
  if (url === null) throw invalidOption('url', expected, 'it cannot be parsed')
  return url
}

/** git://, and remote helpers such as ext::, which would run commands. A path may hold a colon after a slash. */
function refuseOtherTransports(url: string): void {
  const scheme = /^([a-z][a-z0-9+.-]*)(:\/\/|::)/i.exec(url)?.[1]
  if (scheme === undefined) return
  throw invalidOption(
    'url',
    expected,
    `its scheme is ${scheme}`,
    'Use the https:// address of the repository, with a token in `auth`.',
  )
}

/** A URL that was mistyped would be a path that shows in names and messages, with the password in it. */
function refuseNearUrls(url: string): void {
  const isPath = (isAbsolute(url) && !url.startsWith('//')) || /^\.\.?[/\\]/.test(url)
  if (isPath || !url.includes('@')) return
  throw invalidOption(
    'url',
    expected,
    'it is no URL, and has an @, so that it may be one with credentials',
    'A path with an @ begins with / or ./ instead. Credentials go to `auth`.',
  )
}

const nameOf = (address: string): string => decodeSafely(address).replace(/\.git$/, '')

function decodeSafely(text: string): string {
  try {
    return decodeURI(text)
  } catch {
    return text
  }
}
