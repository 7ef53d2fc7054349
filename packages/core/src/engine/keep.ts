import type { ApplicationState } from '../model/state.ts'
import type { Entry } from '../pass/ledger.ts'
import { decisionEntry } from './decision-entry.ts'

/** What taking a removal back records; nothing where none was asked for. What is deleted by then stays so. Pure. */
export function keep(
  { head, inventory }: ApplicationState,
  { actor, reason }: { readonly actor: string; readonly reason?: string },
  now: number,
): Entry | undefined {
  const { removing, ...kept } = head
  if (removing === undefined) return undefined
  const what = `took back the removal that ${removing.by} asked for; ${inventory.size} resources were left`
  const line = decisionEntry(head, { cause: 'keep', actor, what, reason, at: now })
  const because = `took back the removal that ${removing.by} asked for`
  return {
    head: { ...kept, kept: { by: actor, reason: reason === undefined ? because : `${because}: ${reason}` } },
    history: [line],
  }
}
