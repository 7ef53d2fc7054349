import { noChanges } from '../model/counts.ts'
import type { HistoryEntry } from '../model/history.ts'
import type { Revision } from '../model/revision.ts'
import type { ApplicationHead } from '../model/state.ts'
import { briefly } from '../pipeline/operation.ts'

/** What a person decided about an application, for its history: recorded, and nothing applied by it. */
export const decisionEntry = (
  { applied }: ApplicationHead,
  decision: {
    readonly cause: HistoryEntry['cause']
    readonly actor: string
    readonly what: string
    readonly reason: string | undefined
    readonly at: number
    /** The revision it is about. Default: the one that was last brought about. */
    readonly revision?: Revision
  },
): HistoryEntry => {
  const { cause, actor, what, reason, at, revision = applied } = decision
  return {
    at,
    cause,
    actor,
    ...(applied && { from: applied.id }),
    to: revision?.id ?? 'none',
    ...(revision && { revision: briefly(revision) }),
    message: reason === undefined ? what : `${what}: ${reason}`,
    counts: noChanges,
    outcome: 'recorded',
    reasons: [],
  }
}
