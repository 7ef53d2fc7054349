import type { ErrorSummary } from '../model/status.ts'
import { isMooringError, MooringError } from './mooring-error.ts'

/** Any thrown value as a Mooring error. One that already is stays as it is; anything else becomes transient. */
export function classify(thrown: unknown, code: string, context: string): MooringError {
  if (isMooringError(thrown)) return thrown
  return new MooringError({
    code,
    kind: 'transient',
    message: `${context}: ${messageOf(thrown)}`,
    cause: thrown,
  })
}

/**
 * What a thrown value says. Never what it holds: an object somebody throws may be a whole response, credentials
 * included. Never throws itself, whatever it is given.
 */
export function messageOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown || 'threw an empty text'
  if (typeof thrown === 'function') return 'threw a function'
  if (typeof thrown !== 'object' || thrown === null) return `threw ${String(thrown)}`
  return textIn(thrown, 'message') ?? textIn(thrown, 'name') ?? 'threw an object without a message'
}

function textIn(thrown: object, field: 'message' | 'name'): string | undefined {
  try {
    const text: unknown = (thrown as Partial<Error>)[field]
    return typeof text === 'string' && text !== '' ? text : undefined
  } catch {
    return undefined
  }
}

/** An error as data, for status and events. Leaves out stack and cause. */
export function summariseError(error: MooringError): ErrorSummary {
  const { code, kind, message, hint } = error
  return hint === undefined ? { code, kind, message } : { code, kind, message, hint }
}
