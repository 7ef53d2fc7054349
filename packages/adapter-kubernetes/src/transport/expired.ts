import { isMooringError } from '@mooring/core'
import type { ApiFailure } from './api.ts'

/** Whether history is gone: a watch or a list from an old resourceVersion. Takes a failure or what a watch threw. */
export const isExpired = (given: unknown): boolean => {
  const failure = isFailure(given) ? given : failureOf(given)
  return failure !== undefined && (failure.status === 410 || failure.reason === 'Expired')
}

/** The failure that an error was made from, if the API server's answer was one. */
export const failureOf = (thrown: unknown): ApiFailure | undefined =>
  isMooringError(thrown) && isFailure(thrown.cause) ? thrown.cause : undefined

const isFailure = (value: unknown): value is ApiFailure =>
  typeof value === 'object' &&
  value !== null &&
  'causes' in value &&
  Array.isArray(value.causes) &&
  'reason' in value &&
  'status' in value &&
  typeof value.status === 'number'
