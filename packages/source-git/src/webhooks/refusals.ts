/** Why a webhook wakes nothing. */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Every answer to a webhook that is refused. They tell whoever sent it no more than what he sent. */
export const refusals: Readonly<Record<Why, Refusal>> = {
  method: {
    status: 405,
    code: 'WEBHOOK_METHOD',
    message: 'Expected a POST request, found another one',
    headers: { allow: 'POST' },
  },
  notAuthentic: {
    status: 401,
    code: 'WEBHOOK_NOT_AUTHENTIC',
    message: 'Expected a webhook signed with the secret of its provider, found none',
  },
  tooLarge: {
    status: 413,
    code: 'WEBHOOK_TOO_LARGE',
    message: 'Expected a smaller body',
  },
  tooSlow: {
    status: 408,
    code: 'WEBHOOK_TOO_SLOW',
    message: 'Expected a body that arrives in time',
  },
  unreadable: {
    status: 400,
    code: 'WEBHOOK_UNREADABLE',
    message: 'Expected a push event that names its repository, found something else',
  },
  tooMany: {
    status: 429,
    code: 'WEBHOOK_TOO_MANY',
    message: 'Expected fewer pushes; what they brought is found at the next poll',
    headers: { 'retry-after': '60' },
  },
  busy: {
    status: 503,
    code: 'WEBHOOK_BUSY',
    message: 'Expected fewer webhooks at a time',
    headers: { 'retry-after': '10' },
  },
  failed: {
    status: 500,
    code: 'WEBHOOK_WAKE_FAILED',
    message: 'Expected to wake a source, found that it cannot be',
  },
}

type Why = 'method' | 'notAuthentic' | 'tooLarge' | 'tooSlow' | 'unreadable' | 'tooMany' | 'busy' | 'failed'
