import { MooringError } from '@mooring/core'
import { payloadReaders } from './payload-readers.ts'
import { eventKindOf, providerOf } from './provider-of.ts'
import { type Json, textAt } from './read-json.ts'
import type { WebhookEvent } from './webhook-event.ts'

/** A webhook as it came. */
export interface WebhookToDecode {
  /** Names in any case, as `Request.headers` or Node's `request.headers`. */
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>
  /** The body, byte for byte. */
  readonly body: Uint8Array | string
}

/**
 * Reads a webhook of GitHub, GitLab, Gitea, Forgejo, Gogs, Bitbucket Cloud, Bitbucket Data Center or Azure DevOps, or a
 * generic one: `{ "repository": "https://…" or ["https://…"], "refs": ["refs/heads/main"] }`, refs being optional. Checks
 * no signature: that is what `webhookHandler` does before it calls this.
 *
 * Throws `WEBHOOK_UNREADABLE`, without repeating what was sent.
 */
export function decodeWebhook({ headers, body }: WebhookToDecode): WebhookEvent {
  const all = headers instanceof Headers ? headers : headersOf(headers)
  const provider = providerOf(all)
  if (provider === undefined) throw unreadable('the headers of a provider that is known')
  const kind = eventKindOf(provider, all)
  const delivery = deliveryOf(all)
  const known = { provider, ...(delivery === undefined ? {} : { delivery }) }
  // What is not read cannot be wrong: forms of other events are many.
  if (kind !== 'push') return { ...known, kind, repositories: [], refs: [] }
  const payload = parse(body, all)
  const isOther = provider === 'azure-devops' && textAt(payload, 'eventType') !== 'git.push'
  if (isOther) return { ...known, kind: 'other', repositories: [], refs: [] }
  const read = payloadReaders[provider](payload)
  const repositories = [...new Set(read.repositories)].slice(0, maxRepositories)
  if (repositories.length === 0 && read.path === undefined) throw unreadable('the address of a repository')
  const refs = read.refs === 'unknown' || read.refs.length > maxRefs ? 'unknown' : read.refs
  return { ...known, kind, repositories, refs, ...(read.path === undefined ? {} : { path: read.path }) }
}

const maxRepositories = 100
/** A push of more may as well have moved any. */
const maxRefs = 1000

function headersOf(given: Readonly<Record<string, string | readonly string[] | undefined>>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(given)) {
    for (const one of typeof value === 'string' ? [value] : (value ?? [])) {
      // Not every name that Node gives is one for `Headers`, as those of HTTP/2 that begin with a colon.
      if (/^[\w-]+$/.test(name) && !/[\0\r\n]/.test(one) && isLatin1(one)) headers.append(name, one)
    }
  }
  return headers
}

const isLatin1 = (text: string): boolean => !/[^\0-\xff]/.test(text)

const deliveryHeaders = [
  'webhook-id',
  'x-forgejo-delivery',
  'x-gitea-delivery',
  'x-gogs-delivery',
  'x-github-delivery',
  'x-gitlab-event-uuid',
  'x-request-uuid',
  'x-request-id',
]

function deliveryOf(headers: Headers): string | undefined {
  for (const name of deliveryHeaders) {
    const found = headers.get(name)
    if (found !== null && found !== '') return found.slice(0, 100)
  }
  return undefined
}

/** GitHub sends JSON, or a form with JSON in it, which is what its form for new webhooks offers first. */
function parse(body: Uint8Array | string, headers: Headers): Json {
  try {
    const text = typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true }).decode(body)
    const isForm = headers.get('content-type')?.startsWith('application/x-www-form-urlencoded') === true
    return JSON.parse(isForm ? (new URLSearchParams(text).get('payload') ?? '') : text) as Json
  } catch {
    throw unreadable('a body in JSON')
  }
}

const unreadable = (expected: string): MooringError =>
  new MooringError({
    code: 'WEBHOOK_UNREADABLE',
    kind: 'permanent',
    message: `Expected a webhook with ${expected}, found none`,
    hint: 'Compare with what the provider says about its webhooks, and send push events as JSON.',
  })
