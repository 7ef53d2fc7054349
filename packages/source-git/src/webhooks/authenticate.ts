import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import type { WebhookProvider } from './webhook-event.ts'
import type { WebhookCredentials, WebhookSecrets } from './webhook-options.ts'

/**
 * Looks at the headers of a webhook. Undefined when they prove nothing, whatever the body is; else what is left to do with
 * the body.
 */
export type Authenticator = (provider: WebhookProvider, headers: Headers, now: number) => Proof | undefined

/** Undefined when the body is not what was signed; else what tells this delivery from others. */
export type Proof = (body: Uint8Array) => string | undefined

/** How far a signed time may be from ours: what the specification of Standard Webhooks recommends. */
const maxSkewMs = 300_000

/** Compares with these secrets, in constant time for each. */
export function authenticator(secrets: WebhookSecrets): Authenticator {
  const signed = Object.fromEntries(
    Object.keys(signatureHeaders).map((provider) => [provider, listOf(secrets[provider as Signing])]),
  )
  const gitLab = listOf(secrets.gitlab)
  const signingKeys = gitLab.filter(isSigningToken).map(keyOf)
  const tokens = gitLab.filter((secret) => !isSigningToken(secret)).map(digestOf)
  const basic = listOf(secrets['azure-devops']).map((given) => digestOf(basicOf(given)))

  return (provider, headers, now) => {
    switch (provider) {
      case 'gitlab':
        return headers.has('webhook-signature') && signingKeys.length > 0
          ? standardWebhook(headers, signingKeys, now)
          : shared(headers.get('x-gitlab-token'), tokens, headers)
      case 'azure-devops':
        return shared(headers.get('authorization'), basic, headers)
      default:
        return hmac(headers.get(signatureHeaders[provider]), signed[provider] ?? [])
    }
  }
}

type Signing = Exclude<WebhookProvider, 'gitlab' | 'azure-devops'>

/** Who signs the body, and in which header. GitHub's older `X-Hub-Signature` is SHA-1, and is not looked at. */
const signatureHeaders: Readonly<Record<Signing, string>> = {
  github: 'x-hub-signature-256',
  gitea: 'x-gitea-signature',
  forgejo: 'x-forgejo-signature',
  gogs: 'x-gogs-signature',
  'bitbucket-cloud': 'x-hub-signature',
  'bitbucket-data-center': 'x-hub-signature',
  generic: 'x-signature',
}

function hmac(header: string | null, secrets: readonly string[]): Proof | undefined {
  const hex = /^(?:sha256=)?([0-9a-f]{64})$/i.exec(header ?? '')?.[1]
  if (hex === undefined || secrets.length === 0) return undefined
  const given = Buffer.from(hex, 'hex')
  // The signature names the delivery too: an id beside it can be changed by whoever sends it again.
  return (body) => (secrets.some((secret) => fits(given, secret, body)) ? hex.toLowerCase() : undefined)
}

const fits = (
  given: Buffer,
  secret: string | Buffer,
  ...parts: readonly (string | Uint8Array)[]
): boolean => {
  const sum = createHmac('sha256', secret)
  for (const part of parts) sum.update(part)
  return timingSafeEqual(sum.digest(), given)
}

/** https://www.standardwebhooks.com: an HMAC over id, time and body, of which there may be several. */
function standardWebhook(headers: Headers, keys: readonly Buffer[], now: number): Proof | undefined {
  const id = headers.get('webhook-id') ?? ''
  const time = headers.get('webhook-timestamp') ?? ''
  const given = (headers.get('webhook-signature') ?? '')
    .split(' ')
    .slice(0, 10)
    .flatMap((one) => /^v1,([A-Za-z0-9+/]{43}=)$/.exec(one)?.[1] ?? [])
    .map((base64) => Buffer.from(base64, 'base64'))
    .filter(({ length }) => length === 32)
  const isNow = /^\d{1,12}$/.test(time) && Math.abs(Number(time) * 1000 - now) <= maxSkewMs
  if (id === '' || id.length > 200 || !isNow || given.length === 0) return undefined
  return (body) =>
    keys.some((key) => given.some((one) => fits(one, key, `${id}.${time}.`, body)))
      ? `gitlab ${id}`
      : undefined
}

/** A secret that is sent as it is. What tells deliveries apart is an id or, without one, the body. */
function shared(given: string | null, expected: readonly Buffer[], headers: Headers): Proof | undefined {
  if (given === null || given.length > 1000) return undefined
  const digest = digestOf(given)
  if (!expected.some((one) => timingSafeEqual(one, digest))) return undefined
  const id = headers.get('x-gitlab-event-uuid')
  return (body) => `${id === null ? '' : id.slice(0, 100)} ${hash('sha256', body)}`
}

const digestOf = (text: string): Buffer => hash('sha256', text, 'buffer')

const basicOf = ({ username, password }: WebhookCredentials): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

/** The key in a signing token of GitLab, in base64; undefined for a secret of another kind. */
export const signingTokenIn = (secret: string): string | undefined => /^whsec_(.*)$/s.exec(secret)?.[1]

const isSigningToken = (secret: string): boolean => signingTokenIn(secret) !== undefined

const keyOf = (secret: string): Buffer => Buffer.from(signingTokenIn(secret) ?? '', 'base64')

const listOf = <Item>(given: Item | readonly Item[] | undefined): readonly Item[] =>
  given === undefined ? [] : isList(given) ? given : [given]

const isList = <Item>(given: Item | readonly Item[]): given is readonly Item[] => Array.isArray(given)
