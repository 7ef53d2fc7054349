import type { MooringError } from '../errors/mooring-error.ts'
import type { Operation, OperationOutcome } from '../model/operation.ts'
import type { DesiredSet } from '../pipeline/desired-set.ts'
import { describeRun, failedHooks, judgeLost } from '../pipeline/hook-steps.ts'
import { awaitsRollback, endOperation } from '../pipeline/operation.ts'
import type { Call } from '../ports/call.ts'
import { failWithHooks } from './hooked-operation.ts'
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
  deps.runs.abort(
    (run) => run.operation === operation.id,
    new DOMException('The operation was superseded', 'AbortError'),
  )
  const by = isRollback ? `the rollback of ${state.head.pin?.by} to ` : ''
  const { outcome, reasons } = endOfSuperseded(
    operation,
    `${by}${plan.revision.label ?? plan.revision.id}`,
    deps,
  )
  const { head, history } = endOperation(state.head, operation, outcome, reasons, deps.clock.now())
  await deps.ledger.commit({ head, history: [history] }, call.signal)
  tellFinished({ operation, outcome, reasons }, call, deps)
}

/** What has failed already, or can never be known of a hook, is not covered up by what came after it. */
function endOfSuperseded<Manifest>(
  operation: Operation,
  by: string,
  { runs, clock }: ReconcileDeps<Manifest>,
): Pick<Finished, 'outcome' | 'reasons'> {
  if (operation.failing !== undefined) return operation.failing
  const failed = failedHooks(
    judgeLost(operation.hooks ?? [], (run) => runs.knows(operation.id, run), clock.now()),
  )
  if (failed.length > 0) return { outcome: 'failed', reasons: failed.map(describeRun) }
  return { outcome: 'superseded', reasons: [`superseded by ${by}`] }
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
  const survey = { set: noDesired, bodies: async () => new Map(), differences: { unhealthy: new Map() } }
  const failing = operation.failing ?? {
    outcome: 'failed',
    reasons: [`${error.code}: ${error.message}`],
    at: now,
  }
  const failed = await failWithHooks({ survey, call, deps }, operation, failing).catch(() => undefined)
  const { reasons } = failed ?? {}
  if (failed === undefined || reasons === undefined) return undefined
  const ended = endOperation(deps.ledger.peek().head, failed.operation, failing.outcome, reasons, now)
  try {
    await deps.ledger.commit({ head: ended.head, history: [ended.history] }, call.signal)
  } catch {
    // The next pass tries again.
    return undefined
  }
  deps.memory.tryAgainAt = deps.clock.monotonic() + deps.policy.intervalMs * 0.9
  const of = { application: call.owner.application, pass: deps.pass }
  const finished = { operation: failed.operation, outcome: failing.outcome, reasons }
  deps.bus.emit('operation.finished', { ...of, ...finished })
  return finished
}

/** Where nobody could look, hooks that are resources cannot run; functions can. */
const noDesired: DesiredSet = { records: new Map(), hooks: new Map(), digest: '', waiting: [] }
