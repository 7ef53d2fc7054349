import { isMooringError, MooringError } from '@mooring/core'

/** What was under way when the network failed. */
export interface UnderWay {
  readonly serverUrl: string
  /** True for a request that may have had its effect before the answer was lost. */
  readonly writes: boolean
}

/**
 * The error for a request that had no answer: `TLS_FAILED` where the two sides do not trust each other, else
 * `CLUSTER_UNREACHABLE`. An error of ours stays what it is.
 */
export function networkError(thrown: unknown, { serverUrl, writes }: UnderWay): MooringError {
  if (isMooringError(thrown)) return thrown
  const found = foundIn(thrown)
  if (isTlsFailure(thrown)) return tlsFailed(serverUrl, found, thrown)
  const unknown = writes && !neverSent(thrown)
  return new MooringError({
    code: 'CLUSTER_UNREACHABLE',
    kind: 'transient',
    message: `Expected an answer from ${serverUrl}, found ${found}${unknown ? '; the outcome of the write is unknown' : ''}`,
    hint: unknown
      ? 'The next pass looks before it writes again.'
      : 'See whether the address is right, the API server runs, and nothing on the way (proxy, firewall, VPN) stops us.',
    cause: thrown,
  })
}

const tlsFailed = (serverUrl: string, found: string, cause: unknown): MooringError =>
  new MooringError({
    code: 'TLS_FAILED',
    kind: 'permanent',
    message: `Expected a trusted TLS connection to ${serverUrl}, found ${found}`,
    hint: 'Correct `certificate-authority`, `tls-server-name` or the client certificate in the kubeconfig, or renew what has expired.',
    cause,
  })

/** Whether the two sides did not trust each other. Node has no common mark for it: these are OpenSSL's and its own codes. */
export const isTlsFailure = (thrown: unknown): boolean =>
  chainOf(thrown).some(({ code }) => code !== undefined && tlsCode.test(code))

const tlsCode =
  /^(ERR_SSL_|ERR_TLS_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY|DECODE|DECRYPT)_|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|EPROTO$|ERR_OSSL_)/

/** Whether a socket that stood was lost, which a server or a proxy does to idle ones at any time. */
export const isCut = (thrown: unknown): boolean =>
  chainOf(thrown).some(({ code }) => code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET')

/** Whether the agent was closed, because TLS material has rotated, between our asking for it and our using it. */
export const isRetired = (thrown: unknown): boolean =>
  chainOf(thrown).some(({ code }) => code === 'UND_ERR_CLOSED')

/** Whether no byte of the request can have arrived. */
const neverSent = (thrown: unknown): boolean =>
  chainOf(thrown).some(({ code }) => code !== undefined && unsent.has(code))

const unsent: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_ABORTED',
  'UND_ERR_CLOSED',
])

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'that nobody listens there',
  ENOTFOUND: 'that its name has no address',
  EAI_AGAIN: 'that its name cannot be resolved at the moment',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'none in time',
  UND_ERR_BODY_TIMEOUT: 'one that stopped midway',
  ECONNRESET: 'that the connection was cut',
  UND_ERR_SOCKET: 'that the connection was cut',
  UND_ERR_ABORTED: 'that the proxy on the way does not let us through',
  CERT_HAS_EXPIRED: 'a certificate that has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'a certificate for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'a certificate that signs itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'a certificate of an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'a certificate of an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'a certificate of an unknown authority',
}

function foundIn(thrown: unknown): string {
  const code = chainOf(thrown).find((one) => one.code !== undefined)?.code
  if (code === undefined) return 'that the connection failed'
  const said = words[code]
  return said === undefined ? `that the connection failed (${code})` : `${said} (${code})`
}

/** The error, what caused it, and what several attempts ended with: outermost first. */
function chainOf(thrown: unknown): readonly { readonly code?: string }[] {
  const chain: { readonly code?: string }[] = []
  for (let at = thrown, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    for (const one of [at, ...(at instanceof AggregateError ? (at.errors as readonly unknown[]) : [])]) {
      const code: unknown = (one as { readonly code?: unknown }).code
      chain.push(typeof code === 'string' ? { code } : {})
    }
  }
  return chain
}
