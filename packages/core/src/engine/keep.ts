import { noChanges } from '../model/counts.ts'
import type { HistoryEntry } from '../model/history.ts'
import type { ApplicationState } from '../model/state.ts'
import type { Entry } from '../pass/ledger.ts'

/** What taking a removal back records; nothing where none was asked for. What is deleted by then stays so. Pure. */
export function keep(
  { head, inventory }: ApplicationState,
  { actor, reason }: { readonly actor: string; readonly reason?: string },
  now: number,
): Entry | undefined {
  const { removing, ...kept } = head
  if (removing === undefined) return undefined
  const what = `took back the removal that ${removing.by} asked for; ${inventory.size} resources were left`
  const line: HistoryEntry = {
    at: now,
    cause: 'keep',
    actor,
    ...(head.applied && { from: head.applied.id }),
    to: head.applied?.id ?? 'none',
    message: reason === undefined ? what : `${what}: ${reason}`,
    counts: noChanges,
    outcome: 'recorded',
    reasons: [],
  }
  return { head: kept, history: [line] }
}
