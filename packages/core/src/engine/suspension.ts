import type { ApplicationState } from '../model/state.ts'
import type { Entry } from '../pass/ledger.ts'
import { decisionEntry } from './decision-entry.ts'

/** Who decides, and why. */
interface Decision {
  readonly actor: string
  readonly reason?: string
}

/** What stopping the passes of an application records. A pin stays. Pure. */
export function suspended({ head }: ApplicationState, { actor, reason }: Decision, at: number): Entry {
  const line = decisionEntry(head, { cause: 'suspend', actor, what: 'suspended', reason, at })
  const suspension = { by: actor, at, ...(reason !== undefined && { reason }) }
  return { head: { ...head, suspended: suspension }, history: [line] }
}

/** What letting its passes run again records; nothing where it was not suspended. A pin stays. Pure. */
export function resumed(
  { head: { suspended: before, ...head } }: ApplicationState,
  { actor, reason }: Decision,
  at: number,
): Entry | undefined {
  if (before === undefined) return undefined
  const what = `resumed what ${before.by} had suspended`
  return { head, history: [decisionEntry(head, { cause: 'resume', actor, what, reason, at })] }
}
