import type { ApplicationHead } from '../model/state.ts'
import { type Asked, askedByPin, awaitsRollback } from '../pipeline/operation.ts'

/** What somebody asked for in a call, or in a process, that is over: recorded, and not carried out yet. Pure. */
export function askedBefore(head: ApplicationHead): Asked | undefined {
  if (head.removing !== undefined) return { actor: head.removing.by }
  if (awaitsRollback(head) && head.pin) return askedByPin(head.pin)
  return head.kept && { actor: head.kept.by, reason: head.kept.reason }
}
