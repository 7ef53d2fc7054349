import { isMooringError } from '@mooring/core'
import { type Authenticator, authenticator } from './authenticate.ts'
import { decodeWebhook } from './decode-webhook.ts'
import { providerOf } from './provider-of.ts'
import { readBody } from './read-body.ts'
import { type Refusal, refusals } from './refusals.ts'
import { type SeenDeliveries, seenDeliveries } from './seen-deliveries.ts'
import type { WebhookProvider } from './webhook-event.ts'
import {
  checkWebhookOptions,
  type WebhookHandlerOptions,
  type WebhookLimits,
  type WebhookOutcome,
} from './webhook-options.ts'
import { type FindWoken, type WakeLimit, wakeLimit, wokenBy } from './woken.ts'

/**
 * A handler of webhooks for any server that speaks Fetch: `Request` in, `Response` out, never an exception. It wakes the
 * sources of the repository and ref that a push was for, so that they ask right away instead of at the next poll.
 *
 * - A webhook is a hint. Nothing in it is fetched, stored or believed: a source that is woken asks its own server.
 * - Whoever does not know the secret of the provider he names wakes nothing, and costs reading one body of at most
 *   `maxBodyBytes`, of which nothing is kept. Signatures are compared in constant time, over the bytes as they came,
 *   before anything is parsed.
 * - What was delivered before wakes nothing again for `replayWindowMs`; a signed time has to be within five minutes.
 * - One source is woken so many times a minute at most. What is left out is found at the next poll.
 *
 * Throws `INVALID_OPTION`, also when there is no secret: an endpoint that believes everybody does not come to be. Answers are
 * `{ woken }` with 200 or 202, or `{ code, message }` with the codes in docs/errors.md that begin with `WEBHOOK_`.
 *
 * @example
 * ```ts
 * const handle = webhookHandler({
 *   secrets: { github: process.env.WEBHOOK_SECRET },
 *   sources: [{ url, ref, source }],
 *   wake: (source) => engine.refresh(source),
 * })
 * ```
 */
export function webhookHandler<Source>(
  options: WebhookHandlerOptions<Source>,
): (request: Request) => Promise<Response> {
  const limits = checkWebhookOptions(options)
  const now = options.now ?? Date.now
  const desk: Desk<Source> = {
    limits,
    now,
    authenticate: authenticator(options.secrets),
    find: wokenBy(options.sources),
    seen: seenDeliveries(limits.replayWindowMs),
    limit: wakeLimit(limits.wakesPerMinute),
    wake: options.wake,
  }
  let reading = 0

  return async (request) => {
    let outcome: Outcome = refusals.busy
    if (reading < limits.maxConcurrent) {
      reading++
      outcome = await handle(desk, request).catch(() => refusals.failed)
      reading--
    }
    try {
      options.onOutcome?.(toldOf(outcome))
    } catch {
      // Whoever only listens breaks nothing.
    }
    return responseOf(outcome)
  }
}

interface Desk<Source> {
  readonly limits: Required<WebhookLimits>
  readonly now: () => number
  readonly authenticate: Authenticator
  readonly find: FindWoken<Source>
  readonly seen: SeenDeliveries
  readonly limit: WakeLimit
  readonly wake: (source: Source) => void
}

interface Accepted {
  readonly status: 200 | 202
  readonly provider: WebhookProvider
  readonly woken: number
}

type Outcome = Accepted | Refusal

async function handle<Source>(desk: Desk<Source>, request: Request): Promise<Outcome> {
  const { limits, authenticate, seen, now } = desk
  if (request.method !== 'POST') return refusals.method
  const { headers } = request
  const provider = providerOf(headers)
  const proof = provider && authenticate(provider, headers, now())
  if (provider === undefined || proof === undefined) {
    void request.body?.cancel().catch(() => undefined)
    return refusals.notAuthentic
  }
  const body = await readBody(request, { maxBytes: limits.maxBodyBytes, timeoutMs: limits.bodyTimeoutMs })
  if (!(body instanceof Uint8Array)) return body
  const delivery = proof(body)
  if (delivery === undefined) return refusals.notAuthentic
  if (seen.has(delivery, now())) return { status: 200, provider, woken: 0 }
  return accept(desk, { headers, body, provider, delivery })
}

interface Authentic {
  readonly headers: Headers
  readonly body: Uint8Array
  readonly provider: WebhookProvider
  readonly delivery: string
}

function accept<Source>(
  { find, limit, seen, wake, now }: Desk<Source>,
  { headers, body, provider, delivery }: Authentic,
): Outcome {
  let found: readonly Source[] = []
  try {
    const event = decodeWebhook({ headers, body })
    found = event.kind === 'push' ? find(event) : []
    if (event.kind !== 'push') return { status: 200, provider, woken: 0 }
  } catch (thrown) {
    if (isMooringError(thrown)) return refusals.unreadable
    throw thrown
  }
  const mayWake = found.filter((source) => limit(source, now()))
  if (mayWake.length === 0 && found.length > 0) return refusals.tooMany
  for (const source of mayWake) wake(source)
  // Only now: a delivery that could not be used may come again.
  seen.add(delivery, now())
  return { status: 202, provider, woken: mayWake.length }
}

const toldOf = (outcome: Outcome): WebhookOutcome =>
  'code' in outcome ? { status: outcome.status, code: outcome.code, woken: 0 } : outcome

function responseOf(outcome: Outcome): Response {
  if (!('code' in outcome)) return answer(outcome.status, { woken: outcome.woken })
  const { status, code, message, headers } = outcome
  return answer(status, { code, message }, headers)
}

const answer = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  })
