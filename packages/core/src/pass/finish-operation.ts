import type { MooringError } from '../errors/mooring-error.ts'
import type { Operation, OperationOutcome } from '../model/operation.ts'
import { awaitsRollback, endOperation } from '../pipeline/operation.ts'
import type { Call } from '../ports/call.ts'
import type { PassReport } from './pass-report.ts'
import type { ReconcileDeps } from './reconcile-deps.ts'
import type { Survey } from './survey.ts'

/** An operation that is over. */
export interface Finished {
  readonly operation: Operation
  readonly outcome: OperationOutcome
  readonly reasons: readonly string[]
}

/** Told after it is recorded: what nobody can look up has not happened. */
export function tellFinished<Manifest>(
  finished: Finished | undefined,
  call: Call,
  { bus, pass }: ReconcileDeps<Manifest>,
): void {
  if (finished === undefined) return
  bus.emit('operation.finished', { application: call.owner.application, pass, ...finished })
}

/**
 * A desired state other than the open operation's puts an end to that operation. Not where the same revision has only
 * become clearer, as when the kind of a manifest that waited was defined: the operation goes on to that. A rollback is an
 * operation of its own, and ends whatever is open.
 */
export async function supersede<Manifest>(
  { plan, state }: Survey<Manifest>,
  call: Call,
  deps: ReconcileDeps<Manifest>,
): Promise<void> {
  const operation = state.head.operation
  const isRollback = awaitsRollback(state.head)
  if (operation === undefined || (!isRollback && operation.desiredDigest === plan.desiredDigest)) return
  const isClearer =
    !isRollback &&
    operation.revision.id === plan.revision.id &&
    deps.memory.waitedFor === operation.desiredDigest
  const isAgreed = operation.approvedPlanId !== undefined || operation.approval !== undefined
  if (isClearer && !isAgreed) {
    const { desiredDigest } = plan
    await deps.ledger.commit(
      { head: { ...state.head, operation: { ...operation, desiredDigest } } },
      call.signal,
    )
    return
  }
  const outcome = 'superseded'
  const by = isRollback ? `the rollback of ${state.head.pin?.by} to ` : ''
  const reasons = [`superseded by ${by}${plan.revision.label ?? plan.revision.id}`]
  const { head, history } = endOperation(state.head, operation, outcome, reasons, deps.clock.now())
  await deps.ledger.commit({ head, history: [history] }, call.signal)
  tellFinished({ operation, outcome, reasons }, call, deps)
}

/** An operation whose time is up ends although its passes fail before they come to it. */
export async function endOverdue<Manifest>(
  error: MooringError,
  call: Call,
  deps: ReconcileDeps<Manifest>,
): Promise<Pick<PassReport, 'operation' | 'outcome' | 'reasons'> | undefined> {
  const { head } = deps.ledger.peek()
  const { operation } = head
  const now = deps.clock.now()
  if (operation === undefined || operation.heldSince !== undefined || now < operation.deadlineAt)
    return undefined
  const reasons = [`${error.code}: ${error.message}`]
  const ended = endOperation(head, operation, 'failed', reasons, now)
  try {
    await deps.ledger.commit({ head: ended.head, history: [ended.history] }, call.signal)
  } catch {
    // The next pass tries again.
    return undefined
  }
  deps.memory.tryAgainAt = deps.clock.monotonic() + deps.policy.intervalMs * 0.9
  const of = { application: call.owner.application, pass: deps.pass }
  deps.bus.emit('operation.finished', { ...of, operation, outcome: 'failed', reasons })
  return { operation, outcome: 'failed', reasons }
}
