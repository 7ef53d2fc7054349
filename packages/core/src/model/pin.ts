import type { Revision } from './revision.ts'

/** The revision a person has put an application on, whatever its source says, until somebody unpins it. */
export interface Pin {
  readonly revision: Revision
  readonly by: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly reason?: string
  /** What this revision asked for when it ran, as the history recorded it. Absent where it never ran. */
  readonly desiredDigest?: string
  /** The operation that was opened for it. Absent until a pass has opened one, also after a restart. */
  readonly operation?: string
}
