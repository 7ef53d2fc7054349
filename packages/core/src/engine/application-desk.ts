import { classify } from '../errors/classify.ts'
import type { MooringError } from '../errors/mooring-error.ts'
import type { Trigger } from '../events/events.ts'
import { noChanges } from '../model/counts.ts'
import type { Plan } from '../model/plan.ts'
import type { ApplicationHead, ApplicationState } from '../model/state.ts'
import type { ApplicationStatus, SyncResult } from '../model/status.ts'
import type { Entry } from '../pass/ledger.ts'
import type { PassReport, PassRequest } from '../pass/pass-report.ts'
import { failedReport, type Reconciler } from '../pass/reconciler.ts'
import { decide, type Streak } from '../pipeline/decide.ts'
import { type Standpoint, standpoint, waitsForOthers } from '../pipeline/dependency.ts'
import type { ResourceDiff } from '../pipeline/resource-diff.ts'
import { askedBefore } from './asked-before.ts'
import type { DeskDeps } from './desk-deps.ts'
import { failedToAsk, misuse } from './misuse.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { type PlanBook, planBook } from './plan-book.ts'
import type { SourceDesk } from './source-desk.ts'
import { statusOf } from './status-of.ts'
import { tellPass } from './tell-pass.ts'
import { weight } from './trigger-weight.ts'
import { waiters } from './waiters.ts'
import type { Wish } from './wish.ts'
import { type Waiting, wishLine } from './wishes.ts'

/** One application in an engine: its requests, its passes one at a time, and what became of them. */
export interface ApplicationDesk {
  readonly name: string
  readonly reconciler: Reconciler
  readonly source: SourceDesk
  /** What its passes, and those who asked, planned. */
  readonly plans: PlanBook
  /** Whether an operation is open. */
  readonly isOpen: (signal: AbortSignal) => Promise<boolean>
  /** Remembers why the next pass runs; the most telling reason is reported. */
  readonly because: (trigger: Trigger) => void
  /** What failed before says nothing about now: the next pass need not wait. */
  readonly takeHeart: () => void
  /** How long a pass for this reason has to wait, because the last one failed. */
  readonly holdOffMs: (trigger: Trigger) => number
  /**
   * Asks for something and waits for how it ends. `wake` brings the pass. No pass takes the wish up before `prepare` has
   * come to its end, unless that makes it ready sooner; what it throws fails the wish, and what it gives refuses it.
   */
  readonly ask: (
    wish: Wish,
    wake: () => void,
    signal: AbortSignal,
    prepare?: (inLine: Waiting) => Promise<unknown>,
  ) => Promise<SyncResult>
  /** Runs one pass; gives how long until the next. */
  readonly run: (signal: AbortSignal) => Promise<number>
  readonly plan: (signal: AbortSignal) => Promise<Plan>
  readonly diff: (plan: Plan, signal: AbortSignal) => Promise<readonly ResourceDiff[]>
  readonly status: (signal: AbortSignal, dueInMs: number | undefined) => Promise<ApplicationStatus>
  /**
   * Changes what is recorded about the application, between two passes. Nothing is written for undefined. What `then`
   * does is done before another pass begins.
   */
  readonly amend: (
    change: (state: ApplicationState) => Entry | undefined,
    signal: AbortSignal,
    then?: () => void,
  ) => Promise<void>
  /** Tells everybody who asked for a rollback, and whose wish no pass has taken up yet, what came first. */
  readonly overtakeRollbacks: (by: string, except?: Wish) => void
  readonly recorded: (signal: AbortSignal) => Promise<ApplicationState>
  /** How it stands for those that depend on it. */
  readonly standpoint: (isThere: (revision: string) => boolean) => Standpoint
  /** Whether it waits for other applications, or is just finding out whether it has to. */
  readonly awaitsOthers: () => boolean
  /** Refuses everybody who asked for its removal and whose wish no pass has taken up yet. */
  readonly refuseRemoval: (refusal: MooringError) => void
  /** Puts on record how hook functions ended, between two passes. */
  readonly recordHookEnds: () => Promise<void>
  /** Forgets what is recorded about the application. */
  readonly forgetState: (signal: AbortSignal) => Promise<void>
  readonly close: (reason: unknown) => void
  /** Ends the pass that runs, if one does, and waits until it has. No other one does anything. */
  readonly end: (reason: unknown) => Promise<void>
}

/** The desk of one application. */
export function applicationDesk(deps: DeskDeps): ApplicationDesk {
  const { name, reconciler, ledger, bus, clock } = deps
  const waiting = waiters()
  const wishes = wishLine<Wish>()
  const exclusive = oneAtATime()
  const plans = planBook()
  let trigger: Trigger = 'start'
  let streak: Streak = { failures: 0, replans: 0 }
  let last: PassReport | undefined
  let seen: PassReport | undefined
  // After a failure, what merely happens has to wait as long as the retry; people and commits do not.
  let notBefore = 0
  let closed: { readonly reason: unknown } | undefined
  const life = new AbortController()
  let running: AbortSignal | undefined
  let isBusy = false

  const refuseAll = (refusal: MooringError): void => {
    wishes.withdraw(() => true)
    waiting.rejectAll(refusal)
  }
  const pass = async (signal: AbortSignal): Promise<number> => {
    const { head } = await ledger.read(signal)
    if (head.suspended !== undefined) {
      refuseAll(misuse.suspended(name, head.suspended.by))
      return reconciler.policy.intervalMs
    }
    const isAsked = head.removing !== undefined || head.pin !== undefined || wishes.hasReady()
    await ledger.takeOver(signal)
    // Without a revision there is nothing to do: the source tells why, and its first answer wakes us.
    if (!isAsked && !deps.source.hasRevision()) return reconciler.policy.intervalMs
    // In one go, so that a wish is taken up together with what the source said when it was asked for it, and a pass
    // that was under way before does not do the work under another name.
    const wish = wishes.take()
    const revision = deps.source.hasRevision() ? deps.source.revision() : undefined
    const removing = head.removing ?? (wish?.removing ? { by: wish.actor, at: clock.now() } : undefined)
    // Everything goes, however many passes and restarts the deletions take.
    if (removing !== head.removing)
      await ledger.commit({ head: { ...head, ...(removing && { removing }) } }, signal)
    const id = deps.newId()
    const reason = wish === undefined ? trigger : 'manual'
    trigger = 'interval'
    bus.emit('pass.started', { application: name, pass: id, trigger: reason })
    const asked = wish ?? askedBefore(ledger.peek().head)
    const request: PassRequest = {
      trigger: reason,
      ...(revision && { revision }),
      ...(wish && { fresh: true }),
      ...(asked && { asked }),
      removing: removing !== undefined,
    }
    const report = await reconciler.pass(request, id, signal)
    const afterMs = finish(id, report, wish)
    // Also when whoever asked for it is gone, or was in another process.
    if (removing && report.outcome === 'synced') deps.onRemoved()
    return afterMs
  }
  /** Why a wish is refused; a store that cannot be read is for the pass to find out and to report. */
  const refusalOf = async (wish: Wish, signal: AbortSignal): Promise<unknown> => {
    const head = (await ledger.read(signal).catch(() => undefined))?.head
    if (closed !== undefined) return closed.reason
    if (head?.suspended !== undefined) return misuse.suspended(name, head.suspended.by)
    if (head?.removing !== undefined && wish.removing !== true) return misuse.removing(name, head.removing.by)
    return undefined
  }
  const finish = (id: string, report: PassReport, wish: Wish | undefined): number => {
    const decision = decide(report.end, streak, reconciler.policy.intervalMs, deps.random)
    const next: Trigger = decision.outcome === 'wait' ? 'health' : 'retry'
    // What woke us meanwhile may tell more.
    if (decision.outcome !== 'rest' && weight[next] > weight[trigger]) trigger = next
    streak = decision.streak
    notBefore = clock.monotonic() + (decision.outcome === 'retry' ? decision.afterMs : 0)
    if (report.plan !== undefined) {
      seen = report
      plans.note(report.plan, report.changed > 0)
      if (closed === undefined) deps.alarm(soonest(plans.endsAt(), expiryOf(ledger.peek().head, clock.now())))
    }
    tellPass(bus, { application: name, pass: id }, report, { before: last, decision })
    last = report
    waiting.tell(name, report, wish, ledger.peek().head)
    return wishes.hasReady() ? 0 : decision.afterMs
  }
  /** A pass that could not even begin, because the store could not be read. It comes back like any other that failed. */
  const notBegun = (thrown: unknown): number => {
    const wish = wishes.take()
    const id = deps.newId()
    const reason = wish === undefined ? trigger : 'manual'
    bus.emit('pass.started', { application: name, pass: id, trigger: reason })
    const error = classify(thrown, 'PASS_FAILED', `The pass of ${name} could not begin`)
    return finish(id, failedReport(error), wish)
  }
  return {
    name,
    reconciler,
    plans,
    isOpen: async (signal) => (await ledger.read(signal)).head.operation !== undefined,
    source: deps.source,
    because: (reason) => {
      if (weight[reason] > weight[trigger]) trigger = reason
      // Another revision is the source's answer, to everybody who asked before the question was put.
      if (reason === 'revision') wishes.answered()
    },
    takeHeart: () => {
      notBefore = 0
    },
    holdOffMs: (reason) =>
      reason === 'manual' || reason === 'revision' ? 0 : Math.max(0, notBefore - clock.monotonic()),
    ask: async (wish, wake, signal, prepare) => {
      // In line before anything is awaited, so that whatever is noticed from now on counts as asked for.
      const answer = waiting.wait(wish, signal)
      const inLine = wishes.add(wish)
      const arrive = async (): Promise<void> => {
        try {
          const refusal = (await refusalOf(wish, signal)) ?? (await prepare?.(inLine))
          if (refusal !== undefined) return waiting.reject(wish, refusal)
          if (inLine.makeReady()) wake()
        } catch (thrown) {
          waiting.resolve(wish, failedToAsk(name, thrown))
        } finally {
          inLine.leave()
        }
      }
      // Not awaited: who gives up, or is refused, is told at once, however slow the source is.
      void arrive()
      return answer
    },
    run: (signal) => {
      running ??= AbortSignal.any([signal, life.signal])
      const either = running
      return exclusive(() => {
        isBusy = true
        return pass(either)
          .catch((thrown: unknown) => {
            if (either.aborted) throw thrown
            return notBegun(thrown)
          })
          .finally(() => {
            isBusy = false
          })
      })
    },
    end: async (reason) => {
      life.abort(reason)
      await exclusive(async () => {})
    },
    plan: (signal) =>
      exclusive(async () => {
        const plan = await reconciler.plan(signal)
        plans.note(plan)
        return plan
      }),
    diff: (plan, signal) => exclusive(() => reconciler.diff(plan, signal)),
    amend: (change, signal, then) =>
      exclusive(async () => {
        if (closed !== undefined) throw closed.reason
        const refusal = deps.refusal()
        if (refusal !== undefined) throw refusal
        const before = await ledger.read(signal)
        const entry = change(before)
        const { head } = entry === undefined ? before : await ledger.commit(entry, signal)
        if (head.suspended !== undefined) refuseAll(misuse.suspended(name, head.suspended.by))
        then?.()
      }),
    overtakeRollbacks: (by, except) => {
      const reasons = [`superseded by ${by}`]
      for (const wish of wishes.withdraw((one, ready) => one.rollback === true && ready && one !== except))
        waiting.resolve(wish, { application: name, counts: noChanges, outcome: 'superseded', reasons })
    },
    recorded: ledger.read,
    standpoint: (isThere) => standpoint({ head: ledger.peek().head, report: last, isThere }),
    awaitsOthers: () => isBusy || waitsForOthers(last?.plan),
    refuseRemoval: (refusal) => {
      for (const wish of wishes.withdraw((one) => one.removing === true)) waiting.reject(wish, refusal)
    },
    status: async (signal, dueInMs) => {
      const state = await ledger.read(signal)
      const desired = deps.source.hasRevision() ? deps.source.revision() : undefined
      const nextPassAt = dueInMs === undefined ? undefined : clock.now() + dueInMs
      return statusOf({
        application: name,
        state,
        report: last,
        seen,
        desired,
        sourceFailure: deps.source.failure(),
        nextPassAt,
      })
    },
    recordHookEnds: () => exclusive(reconciler.recordHookEnds),
    forgetState: (signal) => exclusive(() => ledger.remove(signal)),
    close: (reason) => {
      closed = { reason }
      deps.alarm(undefined)
      waiting.rejectAll(reason)
    },
  }
}

/** When an approval that counts still will not any more. */
const expiryOf = ({ approval }: ApplicationHead, now: number): number | undefined =>
  approval === undefined || approval.ended !== undefined || approval.expiresAt <= now
    ? undefined
    : approval.expiresAt

const soonest = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)
