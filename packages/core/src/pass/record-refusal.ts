import type { MooringError } from '../errors/mooring-error.ts'
import { noChanges } from '../model/counts.ts'
import type { HistoryEntry } from '../model/history.ts'
import type { Revision } from '../model/revision.ts'
import type { ApplicationHead } from '../model/state.ts'
import { type Asked, awaitsRollback, briefly } from '../pipeline/operation.ts'
import type { Call } from '../ports/call.ts'
import type { ReconcilerDeps } from './reconcile-deps.ts'

/**
 * Writes down that a revision was refused before anything was planned: nobody else would remember who committed what could
 * not be understood. Once for each revision and error, and whenever somebody asks. What may go away by itself is not the
 * commit's fault and is not written down.
 */
export async function recordRefusal(
  error: MooringError,
  revision: Revision,
  asked: Asked | undefined,
  call: Call,
  { ledger, clock }: Pick<ReconcilerDeps, 'ledger' | 'clock'>,
): Promise<void> {
  if (error.kind !== 'permanent') return
  const { head } = ledger.peek()
  const codes = head.refused?.revision === revision.id ? head.refused.codes : []
  const isKnown = codes.includes(error.code)
  if (isKnown && (asked === undefined || awaitsRollback(head))) return
  const refused = isKnown ? head.refused : { revision: revision.id, codes: [...codes, error.code] }
  const line = refusal(error, revision, asked, head, clock.now())
  try {
    await ledger.commit({ head: { ...head, ...(refused && { refused }) }, history: [line] }, call.signal)
  } catch {
    // The next pass tries again; an abort ends this one as it is.
    call.signal.throwIfAborted()
  }
}

function refusal(
  { code, message }: MooringError,
  revision: Revision,
  asked: Asked | undefined,
  { applied, pin }: ApplicationHead,
  at: number,
): HistoryEntry {
  const brief = briefly(revision)
  const why = asked === undefined ? brief.message : asked.reason
  const cause = asked === undefined ? 'commit' : 'manual'
  return {
    at,
    cause: pin === undefined ? cause : 'rollback',
    actor: asked?.actor ?? pin?.by ?? revision.author ?? 'unknown',
    ...(applied && { from: applied.id }),
    to: revision.id,
    revision: brief,
    ...(why !== undefined && { message: why }),
    counts: noChanges,
    outcome: 'refused',
    reasons: [`${code}: ${message}`],
  }
}
