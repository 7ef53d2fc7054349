import { MooringError } from '@mooring/core'
import { isBase64 } from '../trust/armour.ts'
import { signingTokenIn } from './authenticate.ts'
import { type WebhookProvider, webhookProviders } from './webhook-event.ts'
import type { WokenSource } from './woken.ts'

/** What Azure DevOps sends as HTTP basic authentication: it signs nothing. */
export interface WebhookCredentials {
  readonly username: string
  readonly password: string
}

/**
 * The secret of each provider that may send webhooks, or several while they are being changed. At least 16 characters: a short
 * one is guessed from a single delivery. A provider without one is refused.
 * - `gitlab`: a signing token (`whsec_…`, over the body, its id and time), or a secret token, which GitLab sends as it is.
 *   Where only signing tokens are given, nothing else is taken.
 * - `azure-devops`: user name and password.
 * - `generic`: whoever sends `X-Signature: sha256=` and the HMAC of the body in hexadecimal digits. A body that is the same as
 *   one before counts as sent again: put something into it that differs, such as the commit.
 */
export type WebhookSecrets = {
  readonly [Provider in Exclude<WebhookProvider, 'azure-devops'>]?: string | readonly string[] | undefined
} & {
  readonly 'azure-devops'?: WebhookCredentials | readonly WebhookCredentials[] | undefined
}

/** How much of webhooks is taken. */
export interface WebhookLimits {
  /** The longest body. Default 1 MiB, which holds a push of some hundred commits; longer ones are `WEBHOOK_TOO_LARGE`. */
  readonly maxBodyBytes?: number
  /** How long a body may take to arrive, in milliseconds. Default 10000. */
  readonly bodyTimeoutMs?: number
  /** How many webhooks are handled at a time. Default 50: more are `WEBHOOK_BUSY`. */
  readonly maxConcurrent?: number
  /** How many times a minute one source is woken, and how often in a row. Default 30. */
  readonly wakesPerMinute?: number
  /** How long a delivery is remembered, to wake nothing twice, in milliseconds. Default 600000; the newest 10,000. */
  readonly replayWindowMs?: number
}

/** Options of `webhookHandler`. */
export interface WebhookHandlerOptions<Source> {
  readonly secrets: WebhookSecrets
  /** What can be woken, and by which repository. A function is asked at every push, for sources that come and go. */
  readonly sources: readonly WokenSource<Source>[] | (() => readonly WokenSource<Source>[])
  /** Called with each source that a push is for: `(source) => engine.refresh(source)`. */
  readonly wake: (source: Source) => void
  /** Hears how each webhook ended, for logs and metrics. */
  readonly onOutcome?: (outcome: WebhookOutcome) => void
  readonly limits?: WebhookLimits
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

/** How a webhook ended. */
export interface WebhookOutcome {
  readonly status: number
  /** Present when it was refused. */
  readonly code?: string
  /** Present when it was authentic. */
  readonly provider?: WebhookProvider
  readonly woken: number
}

const shortestSecret = 16
/** What the specification of Standard Webhooks asks for at least. */
const shortestKey = 24

/** Checks options and fills in the limits. Throws `INVALID_OPTION`, without repeating a secret. */
export function checkWebhookOptions<Source>(options: WebhookHandlerOptions<Source>): Required<WebhookLimits> {
  const { secrets, limits = {} } = options
  if (Object.keys(secrets ?? {}).some((name) => !webhookProviders.some((one) => one === name)))
    throw invalid('secrets', `an object of ${webhookProviders.join(', ')}`)
  const all = Object.values(secrets ?? {}).flatMap((given) => given ?? [])
  if (all.length === 0)
    throw invalid('secrets', 'at least one secret: without one, everybody could wake sources')
  const texts = all.map((secret) => (typeof secret === 'string' ? secret : secret?.password))
  if (texts.some((text) => typeof text !== 'string' || text.length < shortestSecret)) {
    throw invalid('secrets', `texts of at least ${shortestSecret} characters`)
  }
  if (texts.some((text) => /\p{Cc}/u.test(text ?? ''))) {
    throw invalid('secrets', 'without control characters: trim what was read from a file')
  }
  refuseWeakSigningTokens(secrets.gitlab)
  const whole = (name: keyof WebhookLimits, byDefault: number): number => {
    const value = limits[name] ?? byDefault
    if (Number.isSafeInteger(value) && value > 0 && value < 2 ** 31) return value
    throw invalid(`limits.${name}`, 'a whole number above 0')
  }
  return {
    maxBodyBytes: whole('maxBodyBytes', 1024 * 1024),
    bodyTimeoutMs: whole('bodyTimeoutMs', 10_000),
    maxConcurrent: whole('maxConcurrent', 50),
    wakesPerMinute: whole('wakesPerMinute', 30),
    replayWindowMs: whole('replayWindowMs', 600_000),
  }
}

/** What is no base64 decodes to fewer bytes than it looks, or to none: then everybody could sign. */
function refuseWeakSigningTokens(gitlab: string | readonly string[] | undefined): void {
  for (const secret of [gitlab ?? []].flat()) {
    const base64 = signingTokenIn(secret)
    if (base64 === undefined) continue
    if (isBase64(base64) && Buffer.from(base64, 'base64').length >= shortestKey) continue
    throw invalid('secrets.gitlab', `signing tokens of whsec_ and at least ${shortestKey} bytes in base64`)
  }
}

const invalid = (option: string, expected: string): MooringError =>
  new MooringError({
    code: 'INVALID_OPTION',
    kind: 'permanent',
    message: `Expected option ${option} to be ${expected}`,
    hint: `Correct option ${option} of webhookHandler.`,
  })
