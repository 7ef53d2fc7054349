import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type ApiCall, apiClient } from './api-client.ts'
import { type Certificate, certificateAuthority } from './certificate.ts'
import { kubeconfigOf } from './kubeconfig.ts'

/** Somebody the API server knows. */
export interface User {
  readonly name: string
  readonly token: string
  /** Another way to show who one is. Valid for a day, whatever is revoked. */
  readonly certificate: Certificate
  /** The text of a kubeconfig for this user, with the token. */
  readonly kubeconfig: string
  /** The same with the certificate in place of the token. */
  readonly kubeconfigWithCertificate: string
  /** Sends a request as this user. */
  readonly call: ApiCall
  /** Takes the token back: within 11 seconds, for which the API server remembers it, it answers 401. */
  readonly revoke: () => void
}

/** One rule of RBAC. */
export interface PolicyRule {
  readonly verbs: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
}

/** A user to add. */
export interface NewUser {
  readonly name: string
  /** Default none. `system:authenticated` is always one of them. */
  readonly groups?: readonly string[]
  /** What the user may do. Default nothing but what everybody may: discovery and questions about their own rights. */
  readonly rules?: readonly PolicyRule[]
  /** The only namespace in which the rules hold. Default: everywhere. */
  readonly namespace?: string
}

/** The users of one control plane. */
export interface Users {
  /** Where the API server asks whose token it was shown. */
  readonly webhookUrl: string
  /** Whose certificates it should believe, PEM. */
  readonly clientAuthority: string
  /** Adds a user and waits until the rules are in force. Adding the same name twice replaces nothing: it rejects. */
  readonly add: (user: NewUser, admin: ApiCall) => Promise<User>
  /** What a user with this token can show. */
  readonly credentialsOf: (user: NewUser, token: string) => Omit<User, 'call' | 'revoke'>
  readonly stop: () => Promise<void>
}

interface Known {
  readonly username: string
  readonly uid: string
  readonly groups: readonly string[]
}

/**
 * Tokens of ordinary users, which the API server checks with us (a token webhook): its token file is read only once, and
 * users come and go while it runs.
 */
export async function startUsers(server: {
  readonly url: () => string
  readonly ca: () => string
}): Promise<Users> {
  const authority = certificateAuthority('control-plane-clients')
  const known = new Map<string, Known>()
  const clients: (() => void)[] = []
  const webhook = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    request.once('end', () => {
      const review = JSON.parse(text) as { readonly spec: { readonly token: string } }
      const user = known.get(review.spec.token)
      const status = user === undefined ? { authenticated: false } : { authenticated: true, user }
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', status }))
    })
  }).listen(0, '127.0.0.1')
  await once(webhook, 'listening')
  const address = webhook.address()
  const credentialsOf: Users['credentialsOf'] = ({ name, groups = [] }, token) => {
    const certificate = authority.sign({ name, groups })
    const of = { name, url: server.url(), ca: server.ca() }
    return {
      name,
      token,
      certificate,
      kubeconfig: kubeconfigOf({ ...of, token }),
      kubeconfigWithCertificate: kubeconfigOf({ ...of, certificate }),
    }
  }

  return {
    webhookUrl: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`,
    clientAuthority: authority.certificate,
    credentialsOf,
    add: async (user, admin) => {
      const { name, groups = [] } = user
      const token = randomUUID()
      known.set(token, { username: name, uid: name, groups })
      await grant(user, admin)
      const { call, close } = apiClient({ url: server.url(), ca: server.ca, token })
      clients.push(close)
      return { ...credentialsOf(user, token), call, revoke: () => void known.delete(token) }
    },
    stop: async () => {
      for (const close of clients) close()
      webhook.close()
      webhook.closeAllConnections()
      await once(webhook, 'close')
    },
  }
}

async function grant({ name, rules = [], namespace }: NewUser, admin: ApiCall): Promise<void> {
  const [first] = rules
  if (first === undefined) return
  const scope = namespace === undefined ? 'Cluster' : ''
  const metadata = { name: `user-${name}`, ...(namespace === undefined ? {} : { namespace }) }
  const path = `/apis/rbac.authorization.k8s.io/v1/${namespace === undefined ? 'cluster' : `namespaces/${namespace}/`}`
  await created(admin, `${path}roles`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: `${scope}Role`,
    metadata,
    rules: rules.map((rule) => ({ ...(rule.nonResourceURLs ? {} : { apiGroups: [''] }), ...rule })),
  })
  await created(admin, `${path}rolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: `${scope}RoleBinding`,
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: `${scope}Role`, name: metadata.name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
  })
  await untilInForce(name, first, namespace, admin)
}

/** Creates an object and says what was wrong if it could not be. */
export async function created(admin: ApiCall, path: string, body: unknown): Promise<void> {
  const answer = await admin('POST', path, { body })
  if (answer.status !== 201)
    throw new Error(`POST ${path} was answered with ${answer.status}: ${JSON.stringify(answer.body)}`)
}

/** The authorizer sees roles through a watch: there is a moment between a rule's making and its effect. */
async function untilInForce(
  user: string,
  rule: PolicyRule,
  namespace: string | undefined,
  admin: ApiCall,
): Promise<void> {
  const verb = rule.verbs[0]
  const [resource, subresource] = (rule.resources?.[0] ?? '').split('/')
  const attributes = rule.nonResourceURLs
    ? { nonResourceAttributes: { verb, path: rule.nonResourceURLs[0] } }
    : {
        resourceAttributes: {
          verb,
          group: rule.apiGroups?.[0] ?? '',
          resource,
          subresource,
          namespace,
          name: rule.resourceNames?.[0],
        },
      }
  for (let attempt = 0; attempt < 200; attempt++) {
    const answer = await admin('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user, ...attributes },
      },
    })
    if (answer.body.status?.allowed === true) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`The rules of ${user} were not in force after 4 seconds: ${JSON.stringify(rule)}`)
}
