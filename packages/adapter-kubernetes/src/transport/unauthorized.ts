import { MooringError } from '@mooring/core'
import type { Credentials } from '../connection/credentials.ts'

/** The server refuses our credentials, fresh ones included. Transient: servers also say it while they start. */
export const unauthorized = ({ serverUrl, headers, cert }: Credentials): MooringError =>
  new MooringError({
    code: 'UNAUTHORIZED',
    kind: 'transient',
    message: `Expected ${serverUrl} to accept ${kindOf(headers.authorization, cert)}, found that it refuses ${headers.authorization === undefined && cert === undefined ? 'strangers' : 'it'} (401)`,
    hint: 'Renew the credentials of the kubeconfig; it is read again at the next try. See whether `kubectl auth whoami` works with the same context.',
  })

function kindOf(authorization: string | readonly string[] | undefined, cert: string | undefined): string {
  if (typeof authorization === 'string')
    return authorization.startsWith('Basic') ? 'our password' : 'our token'
  return cert === undefined ? 'a caller without credentials' : 'our client certificate'
}
