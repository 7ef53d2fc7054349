import type { Asked } from '../pipeline/operation.ts'

/** What somebody asks of an application. */
export interface Wish extends Asked {
  /** Delete everything it keeps. */
  readonly removing?: boolean
  /** Bring about the revision it was pinned to. */
  readonly rollback?: boolean
}
