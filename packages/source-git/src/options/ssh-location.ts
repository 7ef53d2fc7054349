import { isIP } from 'node:net'
import { invalidOption } from './invalid-option.ts'

/** A repository behind SSH. */
export interface SshLocation {
  readonly kind: 'ssh'
  readonly scheme: 'ssh'
  /** In one form, whichever way it was written. */
  readonly url: string
  readonly name: string
  readonly user: string
  /** Without brackets. */
  readonly host: string
  readonly port: number
  /** As the server's shell gets it, in single quotes. */
  readonly path: string
}

const expected = 'ssh://user@host/path or user@host:path'
const defaultUser = 'git'

/**
 * Where an SSH URL, or an address as `scp` takes it, leads. Undefined when it is neither. What could be taken for an option
 * or a command, by the `ssh` of this machine or by the shell of the other, is refused rather than quoted.
 *
 * Throws `INVALID_OPTION`.
 */
export function locateSsh(text: string): SshLocation | undefined {
  if (/^(git\+)?ssh:\/\//i.test(text)) return fromUrl(text)
  const [, user, host, path] = /^(?:([^@/\\:]*)@)?(\[[^\]/]*\]|[^/\\:@[\]]+):(?!:)(.*)$/.exec(text) ?? []
  if (host === undefined || path === undefined || path.startsWith('//')) return undefined
  // Without a user name, a single letter before the colon is a drive of Windows, and an @ stands behind a password.
  if (user === undefined && (host.length === 1 || path.includes('@'))) return undefined
  return located({ user, host, port: '', path })
}

function fromUrl(text: string): SshLocation {
  const [, authority = '', path = ''] = /^[a-z+]+:\/\/([^/?#]*)(.*)$/i.exec(text) ?? []
  const [, user, host = '', port = ''] = /^(?:(.*)@)?(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority) ?? []
  if (user?.includes(':') === true || (host === '' && authority.includes('@'))) {
    throw invalidOption('url', 'an SSH URL without a password', 'it has one', 'Give a key in ssh.identity.')
  }
  if (/[?#]/.test(path)) throw invalidOption('url', 'a URL without ? and #', 'it has one')
  // `/~ada/env` is what Git writes for a path below somebody's home.
  return located({ user, host, port, path: decoded(path).replace(/^\/(?=~)/, '') })
}

interface Parts {
  readonly user: string | undefined
  readonly host: string
  readonly port: string
  readonly path: string
}

function located({ user = defaultUser, host: written, port, path }: Parts): SshLocation {
  const host = written.replace(/^\[|\]$/g, '')
  if (isIP(host) === 0 && !/^[a-z0-9_][a-z0-9._-]*$/i.test(host)) refuse('its host is none')
  if (!/^[a-z0-9_][a-z0-9._@-]*$/i.test(user)) refuse('its user name is none')
  const number = port === '' ? 22 : Number(port)
  if (number < 1 || number > 65_535) refuse('its port is none')
  if (path === '' || path === '/') refuse('it names no repository')
  if (path.startsWith('-')) refuse('its path begins with a dash')
  if (/[\p{Cc}'"`$\\!;&|<>*?(){}[\]]/u.test(path))
    refuse('its path has quotes or other characters of a shell')
  const place = `${isIP(host) === 6 ? `[${host}]` : host.toLowerCase()}${number === 22 ? '' : `:${number}`}`
  const bare = path.replace(/\/+$/, '')
  const below = bare.startsWith('/') ? bare : `/${bare.startsWith('~') ? '' : '~/'}${bare}`
  return {
    kind: 'ssh',
    scheme: 'ssh',
    url: `ssh://${user}@${place}${below}`,
    name: `${place}${bare.startsWith('/') ? '' : '/'}${bare}`.replace(/\.git$/, ''),
    user,
    host,
    port: number,
    path: bare,
  }
}

function refuse(found: string): never {
  throw invalidOption('url', expected, found)
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return refuse('its path is escaped in a way that cannot be read')
  }
}
