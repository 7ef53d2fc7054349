import { readFile } from 'node:fs/promises'
import { invalidOption } from '../invalid-option.ts'
import { dockerCredentials } from './docker-config.ts'
import { isLoopback } from './loopback.ts'

/** Who we are to one repository or registry. */
export interface RegistryCredentials {
  /** `https://charts.example.com/team` or `oci://ghcr.io`: everything at this host and below this path. */
  readonly url: string
  readonly username: string
  /** The password, or a function that is asked for it before each use. */
  readonly password: string | (() => string | Promise<string>)
}

/** How one server proves who it is, and we to it. PEM texts. */
export interface RegistryTls {
  readonly url: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** What may be sent where. */
export interface RegistryAccess {
  /** The value of an `Authorization` header for a URL, or nothing. */
  readonly authorization: (url: URL) => Promise<string | undefined>
  /** The one object of options for a URL, the same for the same server. */
  readonly tls: (url: URL) => RegistryTls | undefined
  readonly allows: (url: URL) => boolean
}

/** Reads the options; files and functions when they are first needed. */
export function registryAccess(options: {
  readonly credentials?: readonly RegistryCredentials[]
  readonly dockerConfig?: string | { readonly text: string }
  readonly tls?: readonly RegistryTls[]
  readonly allowPlainHttp?: boolean
}): RegistryAccess {
  const places = (options.credentials ?? []).map((credentials) => ({
    ...credentials,
    place: placeOf(credentials.url),
  }))
  const tls = (options.tls ?? []).map((settings) => ({ settings, place: placeOf(settings.url) }))
  const { dockerConfig } = options
  const fromDocker = async (url: URL): Promise<string | undefined> => {
    if (dockerConfig === undefined) return undefined
    const text = typeof dockerConfig === 'string' ? await readFile(dockerConfig, 'utf8') : dockerConfig.text
    return dockerCredentials(text, url.host)
  }
  return {
    authorization: async (url) => {
      const found = mostSpecific(places, url)
      if (found === undefined) return fromDocker(url)
      const { username, password } = found
      const secret = typeof password === 'string' ? password : await password()
      return `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`
    },
    tls: (url) => mostSpecific(tls, url)?.settings,
    allows: (url) => url.protocol === 'https:' || options.allowPlainHttp === true || isLoopback(url.hostname),
  }
}

interface Place {
  readonly host: string
  readonly path: string
}

function placeOf(url: string): Place {
  const parsed = URL.canParse(url) ? new URL(url.replace(/^oci:/, 'https:')) : undefined
  if (parsed === undefined || !/^(?:https?|oci):/.test(url) || parsed.username !== '') {
    throw invalidOption('url', 'an https or oci URL without credentials in it')
  }
  return { host: hostOf(parsed), path: parsed.pathname.replace(/\/$/, '') }
}

const hostOf = (url: URL): string =>
  url.port === '' ? `${url.hostname}:${url.protocol === 'http:' ? 80 : 443}` : url.host

/** The longest path that leads to a URL. `/v2` of a registry stands before the path of its charts. */
function mostSpecific<Entry extends { readonly place: Place }>(
  entries: readonly Entry[],
  url: URL,
): Entry | undefined {
  const path = `${url.pathname.replace(/^\/v2(?=\/)/, '')}/`
  return entries
    .filter(
      ({ place }) => place.host === hostOf(url) && (path.startsWith(`${place.path}/`) || place.path === ''),
    )
    .toSorted((one, other) => other.place.path.length - one.place.path.length)[0]
}
