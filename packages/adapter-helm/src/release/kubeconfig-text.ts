import type { Credentials } from '@mooring/adapter-kubernetes/parts'

/** A kubeconfig with the credentials of a connection, for the private folder of one run. JSON, which is YAML too. */
export function kubeconfigText(credentials: Credentials): string {
  const { serverUrl, ca, cert, key, servername, rejectUnauthorized, headers, proxy } = credentials
  const encoded = (pem: string): string => Buffer.from(pem).toString('base64')
  const cluster = {
    server: serverUrl,
    ...(ca !== undefined && rejectUnauthorized && { 'certificate-authority-data': encoded(ca) }),
    ...(servername !== undefined && { 'tls-server-name': servername }),
    ...(!rejectUnauthorized && { 'insecure-skip-tls-verify': true }),
    ...(proxy !== undefined && { 'proxy-url': proxy }),
  }
  const user = {
    ...(cert !== undefined && { 'client-certificate-data': encoded(cert) }),
    ...(key !== undefined && { 'client-key-data': encoded(key) }),
    ...loginOf(headers),
    ...impersonationOf(headers),
  }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'mooring', cluster }],
    users: [{ name: 'mooring', user }],
    contexts: [{ name: 'mooring', context: { cluster: 'mooring', user: 'mooring' } }],
    'current-context': 'mooring',
  })
}

function loginOf(headers: Credentials['headers']): object {
  const authorization = String(headers.authorization ?? '')
  const [, token] = /^Bearer (.+)$/i.exec(authorization) ?? []
  if (token !== undefined) return { token }
  const [, basic] = /^Basic (.+)$/i.exec(authorization) ?? []
  if (basic === undefined) return {}
  const [username = '', ...password] = Buffer.from(basic, 'base64').toString().split(':')
  return { username, password: password.join(':') }
}

function impersonationOf(headers: Credentials['headers']): object {
  const user = headers['impersonate-user']
  if (user === undefined) return {}
  const groups = headers['impersonate-group']
  const uid = headers['impersonate-uid']
  const extra = Object.entries(headers)
    .filter(([name]) => name.startsWith('impersonate-extra-'))
    .map(([name, value]) => [decodeURIComponent(name.slice('impersonate-extra-'.length)), [value].flat()])
  return {
    as: String(user),
    ...(groups !== undefined && { 'as-groups': [groups].flat() }),
    ...(uid !== undefined && { 'as-uid': String(uid) }),
    ...(extra.length > 0 && { 'as-user-extra': Object.fromEntries(extra) }),
  }
}
