import type { ApiAnswer } from '../transport/api.ts'
import { failureError } from '../transport/failure-error.ts'

/** The body of a document that every API server serves; throws what the failure stands for. */
export function bodyOf<Body extends object>(answer: ApiAnswer, path: string): Partial<Body> {
  if (!answer.ok) throw failureError(answer.failure, { verb: 'get', label: path })
  return typeof answer.body === 'object' && answer.body !== null ? (answer.body as Partial<Body>) : {}
}
