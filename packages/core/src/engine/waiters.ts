import { noChanges } from '../model/counts.ts'
import type { Operation } from '../model/operation.ts'
import type { Plan } from '../model/plan.ts'
import type { ApplicationHead } from '../model/state.ts'
import type { SyncResult } from '../model/status.ts'
import type { PassReport } from '../pass/pass-report.ts'

/** Somebody who asked for something and waits for the end of the operation, or its being held. */
interface Waiter {
  /** Known from the first pass that worked for it. */
  operation?: string
  readonly resolve: (result: SyncResult) => void
  readonly reject: (reason: unknown) => void
}

/** Those who wait for one application. */
export interface Waiters {
  /** Waits from the pass on that takes up the request. */
  readonly wait: (asked: object, signal: AbortSignal) => Promise<SyncResult>
  /** Tells what a pass came to; `asked` is the request it took up. */
  readonly tell: (
    application: string,
    report: PassReport,
    asked: object | undefined,
    head: ApplicationHead,
  ) => void
  /** Answers one request. */
  readonly resolve: (asked: object, result: SyncResult) => void
  readonly reject: (asked: object, reason: unknown) => void
  /** Nobody will answer any more. */
  readonly rejectAll: (reason: unknown) => void
}

/** The waiters of one application. */
export function waiters(): Waiters {
  const waiting = new Map<object, Waiter>()
  return {
    wait: (asked, signal) =>
      new Promise((resolve, reject) => {
        const leave = (): void => {
          waiting.delete(asked)
          signal.removeEventListener('abort', onAbort)
        }
        const onAbort = (): void => {
          leave()
          reject(signal.reason)
        }
        if (signal.aborted) return reject(signal.reason)
        signal.addEventListener('abort', onAbort, { once: true })
        waiting.set(asked, {
          resolve: (result) => {
            leave()
            resolve(result)
          },
          reject: (reason) => {
            leave()
            reject(reason)
          },
        })
      }),
    tell: (application, report, asked, head) => {
      for (const [request, waiter] of [...waiting]) {
        const mine = request === asked
        if (mine && report.operation) waiter.operation = report.operation.id
        if (mine && report.error?.code === 'PLAN_STALE') waiter.reject(report.error)
        else if (mine && report.operation === undefined)
          waiter.resolve(resultOf(application, report, 'failed'))
        else if (waiter.operation !== undefined) answer(application, waiter, report, head)
      }
    },
    resolve: (asked, result) => waiting.get(asked)?.resolve(result),
    reject: (asked, reason) => waiting.get(asked)?.reject(reason),
    rejectAll: (reason) => {
      for (const waiter of [...waiting.values()]) waiter.reject(reason)
    },
  }
}

function answer(application: string, waiter: Waiter, report: PassReport, head: ApplicationHead): void {
  const operation = waiter.operation as string
  if (report.operation?.id === operation) {
    if (report.outcome !== undefined) waiter.resolve(resultOf(application, report, report.outcome))
    return
  }
  // A pass that failed says nothing about operations, unless it had one.
  if (report.plan === undefined && report.operation === undefined) return
  // Over without us: superseded, or ended by a pass that could not tell, because the store's answer was lost.
  const { outcome = 'superseded', reasons = report.reasons } =
    head.settled?.id === operation ? head.settled : {}
  waiter.resolve({ ...resultOf(application, report, outcome), operation, reasons })
}

/** The plan that was carried out: what is left of it has another id. Of what is held, the one to approve. */
const planIdOf = (operation: Operation | undefined, plan: Plan, outcome: SyncResult['outcome']): string =>
  operation === undefined || outcome === 'held'
    ? plan.id
    : (operation.approvedPlanId ?? operation.approval?.planId ?? operation.planId)

const resultOf = (application: string, report: PassReport, outcome: SyncResult['outcome']): SyncResult => ({
  application,
  ...(report.operation && { operation: report.operation.id }),
  ...(report.plan && {
    revision: report.operation?.revision ?? report.plan.revision,
    planId: planIdOf(report.operation, report.plan, outcome),
  }),
  counts: report.operation?.counts ?? noChanges,
  outcome,
  reasons: report.reasons,
})
