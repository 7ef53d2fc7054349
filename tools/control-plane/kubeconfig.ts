import type { Certificate } from './certificate.ts'

/** The text of a kubeconfig with one cluster, one user and one context, all under the name given. */
export const kubeconfigOf = (options: {
  readonly name: string
  readonly url: string
  /** PEM. */
  readonly ca: string
  readonly token?: string
  readonly certificate?: Certificate
}): string => `apiVersion: v1
kind: Config
clusters:
  - name: ${options.name}
    cluster:
      server: ${options.url}
      certificate-authority-data: ${Buffer.from(options.ca).toString('base64')}
users:
  - name: ${options.name}
    user:
${credentialsOf(options)}
contexts:
  - name: ${options.name}
    context:
      cluster: ${options.name}
      user: ${options.name}
current-context: ${options.name}
`

const credentialsOf = ({
  token,
  certificate,
}: {
  readonly token?: string
  readonly certificate?: Certificate
}): string =>
  certificate === undefined
    ? `      token: ${token}`
    : `      client-certificate-data: ${Buffer.from(certificate.certificate).toString('base64')}
      client-key-data: ${Buffer.from(certificate.key).toString('base64')}`
