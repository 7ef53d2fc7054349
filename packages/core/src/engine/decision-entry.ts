import { noChanges } from '../model/counts.ts'
import type { HistoryEntry } from '../model/history.ts'
import type { ApplicationHead } from '../model/state.ts'

/** What a person decided about an application, for its history: recorded, and nothing applied by it. */
export const decisionEntry = (
  { applied }: ApplicationHead,
  decision: {
    readonly cause: HistoryEntry['cause']
    readonly actor: string
    readonly what: string
    readonly reason: string | undefined
    readonly at: number
  },
): HistoryEntry => {
  const { cause, actor, what, reason, at } = decision
  return {
    at,
    cause,
    actor,
    ...(applied && { from: applied.id }),
    to: applied?.id ?? 'none',
    message: reason === undefined ? what : `${what}: ${reason}`,
    counts: noChanges,
    outcome: 'recorded',
    reasons: [],
  }
}
