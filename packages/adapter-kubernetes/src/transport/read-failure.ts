import type { ApiFailure, ApiFailureCause, ApiFailureDetails } from './api.ts'
import { withoutValues } from './without-values.ts'

/**
 * The failure that an answer stands for: its `Status`, or without one what its status code says. Values that messages
 * quote are cut out here already, so that no failure carries one.
 */
export function failureIn(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): ApiFailure {
  if (!isRecord(body) || body.kind !== 'Status') return failureWithoutStatus(status, headers)
  const details = isRecord(body.details) ? body.details : {}
  const causes: readonly unknown[] = Array.isArray(details.causes) ? details.causes : []
  return {
    status,
    reason: text(body.reason),
    message: withoutValues(text(body.message)),
    causes: causes.filter(isRecord).map(causeOf),
    details: detailsOf(details),
    ...retryAfterIn(headers, details.retryAfterSeconds),
  }
}

/** The failure of an answer that did not come from the API server itself. Says what it was, not what it held. */
export function failureWithoutStatus(status: number, headers: Readonly<Record<string, string>>): ApiFailure {
  const type = /^[\w.+/-]{1,60}/.exec(headers['content-type'] ?? '')?.[0] ?? 'without a content type'
  return {
    status,
    reason: '',
    message: `the answer (${type}) is no Status of Kubernetes`,
    causes: [],
    details: {},
    ...retryAfterIn(headers, undefined),
  }
}

const causeOf = (cause: Readonly<Record<string, unknown>>): ApiFailureCause => ({
  type: text(cause.reason),
  field: text(cause.field),
  message: withoutValues(text(cause.message)),
})

function detailsOf(details: Readonly<Record<string, unknown>>): ApiFailureDetails {
  const given = (['name', 'group', 'kind', 'uid'] as const).filter((field) => text(details[field]) !== '')
  return Object.fromEntries(given.map((field) => [field, text(details[field])]))
}

/** Seconds or a date in the header; seconds in the Status of a watch, which has no headers of its own. */
function retryAfterIn(
  headers: Readonly<Record<string, string>>,
  inStatus: unknown,
): { readonly retryAfterMs?: number } {
  const header = headers['retry-after']?.trim()
  if (header !== undefined && header !== '') {
    const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
    return Number.isNaN(ms) ? {} : { retryAfterMs: Math.max(ms, 0) }
  }
  return typeof inStatus === 'number' && inStatus > 0 ? { retryAfterMs: inStatus * 1000 } : {}
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
