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

/** What a thrown value says. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name
  return typeof thrown === 'string' ? thrown : `threw ${JSON.stringify(thrown) ?? typeof thrown}`
}

/** An error as data, for status and events. Leaves out stack and cause. */
export function summariseError(error: MooringError): ErrorSummary {
  const { code, kind, message, hint } = error
  return hint === undefined ? { code, kind, message } : { code, kind, message, hint }
}
