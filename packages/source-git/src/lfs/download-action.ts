import { type HttpLocation, locate } from '../options/location.ts'
import { lfsProtocol } from './lfs-refusals.ts'

/** Where the content of one object is said to be, and what to show there. */
export interface DownloadAction {
  /** Its `url` is the origin, which messages may name; what follows it is often as good as a password. */
  readonly location: HttpLocation
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** Links that are signed have a few thousand characters. */
const maxHref = 16_384
const maxHeaders = 32
const maxHeaderValue = 8192

/** Headers that say how a message is framed, where it goes, or what connection carries it (RFC 9110, 7.6.1). */
const notTheirs =
  /^(host|content-length|content-encoding|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|range|if-.*|accept-encoding|cookie2?|origin|referer|forwarded|via|x-forwarded-.*|proxy-.*|sec-.*)$/

/**
 * Checks what a server says of a download: an address by HTTP, without credentials, and headers that change nothing about
 * where the request goes. `url` is the server, for messages, and `quote` makes what it says fit for them. Throws `LFS_PROTOCOL_ERROR`.
 */
export function downloadAction(given: unknown, url: string, quote: (text: string) => string): DownloadAction {
  const { href, header } = (given ?? {}) as { readonly href?: unknown; readonly header?: unknown }
  if (typeof href !== 'string' || href.length > maxHref)
    throw lfsProtocol(url, 'a download without an address')
  const parsed = /[\p{Cc}\s\\]/u.test(href) ? null : URL.parse(href)
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw lfsProtocol(url, 'a download whose address is none of http:// or https://')
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw lfsProtocol(url, 'a download whose address has credentials')
  }
  // The host will stand in messages.
  if (quote(parsed.host) !== parsed.host)
    throw lfsProtocol(url, 'a download from a host that repeats credentials')
  const location = locate(parsed.origin)
  if (location.kind !== 'http') throw lfsProtocol(url, 'a download from elsewhere')
  return { location, path: parsed.pathname + parsed.search, headers: headersIn(header, url) }
}

function headersIn(given: unknown, url: string): Readonly<Record<string, string>> {
  if (given === undefined || given === null) return {}
  if (typeof given !== 'object') throw lfsProtocol(url, 'headers that are none')
  const entries = Object.entries(given as Record<string, unknown>)
  if (entries.length > maxHeaders) throw lfsProtocol(url, `more than ${maxHeaders} headers for a download`)
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), headerOf(name, value, url)]))
}

function headerOf(name: string, value: unknown, url: string): string {
  const isName = /^[a-z0-9!#$%&'*+.^_`|~-]{1,100}$/i.test(name) && !notTheirs.test(name.toLowerCase())
  if (!isName) throw lfsProtocol(url, 'a header for a download that is not up to the server')
  if (typeof value === 'string' && value.length <= maxHeaderValue && /^[\x20-\x7e]*$/.test(value))
    return value
  throw lfsProtocol(url, 'a header for a download with a value that no header has')
}
