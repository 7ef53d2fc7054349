/**
 * - `transient`: try again later; errors nobody classified land here.
 * - `conflict`: our view was stale; look again.
 * - `permanent`: a person or a commit must act.
 */
export type ErrorKind = 'transient' | 'conflict' | 'permanent'

/** What an error is made of. */
export interface ErrorDetails {
  /** Stable, in capitals, with a heading in docs/errors.md. */
  readonly code: string
  readonly kind: ErrorKind
  /** What was expected, what was found, and where. */
  readonly message: string
  /** What to do about it. */
  readonly hint?: string
  /** The other side asked to be left alone for this long. */
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

const mark: unique symbol = Symbol.for('mooring.error') as never

/** The one error class. Recognised by structure, so that two installed copies of Mooring agree. */
export class MooringError extends Error {
  override readonly name = 'MooringError'
  readonly code: string
  readonly kind: ErrorKind
  // Declared and not made: what nobody gave is not there, not even as undefined.
  declare readonly hint?: string
  declare readonly retryAfterMs?: number

  constructor(details: ErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = details.code
    this.kind = details.kind
    if (details.hint !== undefined) this.hint = details.hint
    if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs
    Object.defineProperty(this, mark, { value: true })
  }
}

/** Whether a thrown value is a Mooring error, of this or of another installed copy. Never throws itself. */
export function isMooringError(thrown: unknown): thrown is MooringError {
  if (typeof thrown !== 'object' || thrown === null) return false
  try {
    return (thrown as Record<symbol, unknown>)[mark] === true
  } catch {
    return false
  }
}
