import { isPending, type Revision } from './revision.ts'

/** What is known about the run that left a revision pending. */
export interface PendingRun {
  /** A run of ours on this machine made it, and has ended. */
  readonly hasEnded: boolean
  readonly now: number
  /** After this long without an end nobody is taken to be at it any more. */
  readonly stuckAfterMs: number
}

/**
 * What to do about a release on which Helm takes an operation to be under way: `free` where none is, `recover` where whoever
 * began it is certainly or most likely gone, and `busy` where it may be a colleague's upgrade in progress.
 */
export function pendingState(
  latest: Revision | undefined,
  { hasEnded, now, stuckAfterMs }: PendingRun,
): 'free' | 'recover' | 'busy' {
  if (latest === undefined || !isPending(latest)) return 'free'
  if (hasEnded) return 'recover'
  return now - latest.modifiedAt >= stuckAfterMs ? 'recover' : 'busy'
}
