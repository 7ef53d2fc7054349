import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { invalidOption } from './invalid-option.ts'

/** Certificates. Everything is PEM, as text or bytes. Servers always have to prove who they are: there is no way around it. */
export interface GitTls {
  /**
   * Who may vouch for the server: one or more certificates, instead of the authorities that Node brings along. To add to
   * those, give `[...tls.rootCertificates, own]`. Default: Node's.
   */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[]
  /** The certificate to show to the server (mTLS), with those that lead to its authority. Default: none. */
  readonly cert?: string | Uint8Array
  /** The key of `cert`, not encrypted. */
  readonly key?: string | Uint8Array
  /** The name the server's certificate has to be for. Default: the host of the URL. */
  readonly servername?: string
}

/** Checks certificates, without repeating them. Throws `INVALID_OPTION`. */
export function checkTls(tls: GitTls, url: string): GitTls {
  if (!url.startsWith('https:')) throw invalidOption('tls', 'given for https:// URLs only')
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    throw invalidOption('tls', 'given with both of cert and key, or none of them')
  }
  if (tls.servername !== undefined && !/^[a-z0-9.-]+$/i.test(tls.servername)) {
    throw invalidOption('tls.servername', 'the name of a host')
  }
  try {
    createSecureContext(contextOf(tls))
  } catch {
    // Not as the cause: it is about what stands in a key.
    throw invalidOption('tls', 'certificates and a key in PEM that fit each other', 'they cannot be read')
  }
  return tls
}

/** The same for Node. */
export const contextOf = ({ ca, cert, key }: GitTls): SecureContextOptions => ({
  ...(ca === undefined
    ? {}
    : { ca: typeof ca === 'string' || ca instanceof Uint8Array ? asPem(ca) : ca.map(asPem) }),
  ...(cert === undefined ? {} : { cert: asPem(cert) }),
  ...(key === undefined ? {} : { key: asPem(key) }),
})

const asPem = (pem: string | Uint8Array): string | Buffer =>
  typeof pem === 'string' ? pem : Buffer.from(pem)
