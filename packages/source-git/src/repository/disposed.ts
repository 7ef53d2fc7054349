import { MooringError } from '@mooring/core'

/** The error of using a source or a snapshot that has been disposed. */
export const disposed = (place: string): MooringError =>
  new MooringError({
    code: 'SOURCE_DISPOSED',
    kind: 'permanent',
    message: `Expected the source of ${place}, or its snapshot, to be in use, found it disposed`,
    hint: 'Dispose it after everything that uses it.',
  })
