import { MooringError } from '@mooring/core'

/** The error for an option that cannot be used. `expected` completes "Expected option x to be". */
export const invalidOption = (option: string, expected: string): MooringError =>
  new MooringError({
    code: 'INVALID_OPTION',
    kind: 'permanent',
    message: `Expected option ${option} to be ${expected}`,
    hint: `Correct option ${option}.`,
  })
