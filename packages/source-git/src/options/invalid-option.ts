import { MooringError } from '@mooring/core'

/** The error of an option that cannot be: `Expected option url to be ...`. Never with the value of a secret. */
export const invalidOption = (
  option: string,
  expected: string,
  found?: string,
  hint?: string,
): MooringError =>
  new MooringError({
    code: 'INVALID_OPTION',
    kind: 'permanent',
    message: `Expected option ${option} to be ${expected}${found === undefined ? '' : `, but ${found}`}`,
    hint: hint ?? `Correct option ${option} of gitSource.`,
  })
