import { MooringError } from '@mooring/core'
import { printable } from './printable.ts'

/** What went wrong with a connection, in few words. Where several addresses were tried, that of the first. */
export function causeOf(thrown: unknown): string {
  const cause = thrown instanceof AggregateError ? (thrown.errors[0] as unknown) : thrown
  const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown }
  if (typeof code === 'string') return code
  return typeof message === 'string' && message !== '' ? printable(message) : 'a broken connection'
}

/** Node keeps what it could not parse with the error: there a server may repeat what it was sent. */
export function withoutPacket(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || !('rawPacket' in thrown)) return thrown
  return new Error(causeOf(thrown))
}

/** OpenSSL's words for a chain that does not hold (X509_verify_cert_error_string), and Node's for another name. */
const untrustedCodes =
  /^(ERR_TLS_CERT_ALTNAME_INVALID|CERT_[A-Z_]+|DEPTH_ZERO_SELF_SIGNED_CERT|HOSTNAME_MISMATCH|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_[A-Z_]*(CERT|SIGNATURE)[A-Z_]*|INVALID_(CA|PURPOSE))$/

/** The error of a server that does not prove who it is; undefined for any other trouble. */
export function untrusted(url: string, thrown: unknown): MooringError | undefined {
  const found = causeOf(thrown)
  if (!untrustedCodes.test(found)) return undefined
  return new MooringError({
    code: 'CERTIFICATE_NOT_TRUSTED',
    kind: 'permanent',
    message: `Expected ${url} to show a certificate that can be trusted, found that it does not (${found})`,
    hint: 'Nothing was sent. Where an authority of your own vouches for it, give its certificate in tls.ca.',
    cause: thrown,
  })
}

/** The error of an answer that goes on and on. */
export const responseTooLarge = (url: string, maxBytes: number): MooringError =>
  new MooringError({
    code: 'RESPONSE_TOO_LARGE',
    kind: 'permanent',
    message: `Expected an answer of at most ${maxBytes} bytes from ${url}, found a longer one`,
    hint: 'If the repository is really this large, raise limits.maxResponseBytes. Its list of refs may have 64 MiB at most.',
  })
