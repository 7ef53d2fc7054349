import { guardedTarget } from '../adapters/guarded-target.ts'
import type { Application } from '../application/define-application.ts'
import { classify, summariseError } from '../errors/classify.ts'
import { isMooringError, type MooringError } from '../errors/mooring-error.ts'
import { endsOwnership } from '../model/change.ts'
import type { Plan } from '../model/plan.ts'
import { defaultPolicy, type SyncPolicy } from '../model/policy.ts'
import type { Owner, ResourceKey } from '../model/resource.ts'
import type { Revision } from '../model/revision.ts'
import { applyDelta } from '../model/state.ts'
import type { PassEnd } from '../pipeline/decide.ts'
import type { DesiredSet } from '../pipeline/desired-set.ts'
import { isAskedFor } from '../pipeline/operation.ts'
import type { ResourceDiff } from '../pipeline/resource-diff.ts'
import { revisionFor } from '../pipeline/revision-for.ts'
import type { Call } from '../ports/call.ts'
import { needsBody, withBody, withPlace } from './apply-stage.ts'
import { contest } from './contest.ts'
import { desiredTwice } from './desired-twice.ts'
import { endOverdue } from './finish-operation.ts'
import { folderDigests } from './folder-digests.ts'
import type { Neighbours, Standing } from './neighbours.ts'
import type { PassReport, PassRequest } from './pass-report.ts'
import { healOnly, reconcile } from './reconcile.ts'
import type { ReconcilerDeps } from './reconcile-deps.ts'
import { recordHookEnds } from './record-hook-ends.ts'
import { recordRefusal } from './record-refusal.ts'
import { recoverOwned } from './recover-owned.ts'
import { type Bodies, desiredStates } from './render-desired.ts'
import { stalePlan } from './stale-plan.ts'
import { type Survey, survey } from './survey.ts'

/** One application at work, with its manifest type closed over. */
export interface Reconciler {
  readonly policy: SyncPolicy
  /** Runs one pass. Rejects only on abort. */
  readonly pass: (request: PassRequest, id: string, signal: AbortSignal) => Promise<PassReport>
  /** The pass up to its plan. No effect. */
  readonly plan: (signal: AbortSignal) => Promise<Plan>
  /** What each change of a plan does, field by field, for people. */
  readonly diff: (plan: Plan, signal: AbortSignal) => Promise<readonly ResourceDiff[]>
  /** What the target is now. Throws what the target throws. */
  readonly identity: (signal: AbortSignal) => Promise<string>
  /** Whether the application owns or desires this key. */
  readonly touches: (key: ResourceKey) => boolean
  /** What other applications may know of this one. */
  readonly standing: Standing
  /** Puts on record how hook functions ended. Not while a pass runs. */
  readonly recordHookEnds: () => Promise<void>
  /** Tells the target that nobody asks for these keys any more. */
  readonly forget: () => void
}

/** The reconciler of one application. */
export function reconciler<Manifest>(application: Application<Manifest>, deps: ReconcilerDeps): Reconciler {
  const policy: SyncPolicy = { ...defaultPolicy, ...application.sync }
  const { mayWrite, onRetryAfter } = deps
  const limits = { mayWrite, onRetryAfter, scope: application.scope }
  const target = guardedTarget(application.target, policy, deps.clock, limits)
  const { open, clock } = deps
  const rendering = { application, policy, target, clock, open }
  const states = desiredStates(rendering)
  /** Beside them, what was applied before a revision that is not verified. */
  const appliedStates = desiredStates(rendering)
  let waits: { readonly revision: string; readonly since: number } | undefined
  let planned: Revision | undefined
  /** The revision of the last look, where it could not be rendered. */
  let unreadable: Revision | undefined
  /** The last revision in which nothing had left the application that was still there. */
  let wholeAt: string | undefined
  const folders = folderDigests(application.path, { open, clock, timeoutMs: policy.readTimeoutMs })
  let leaves = false
  let hands = false
  let identity: string | undefined
  const memory = {
    contest: contest(policy.intervalMs),
    unsettled: deps.unsettled,
    immutables: new Map(),
    tryAgainAt: 0,
    failedWork: undefined as string | undefined,
    troubleSeenAt: undefined as number | undefined,
    waitedFor: undefined as string | undefined,
    told: { plan: '', holds: '', skipped: '[]' },
  }

  const own = { policy, target, memory, hooks: application.hooks, formerly: application.formerly ?? [] }
  const mayHave = (key: ResourceKey): boolean => target.outsideOf({ key, action: 'update' }) === undefined
  const callFor = (signal: AbortSignal): Call => {
    const { id, digest } = deps.installation()
    const owner: Owner = { installation: id, application: application.name }
    return { signal, owner, digest }
  }
  const look = async (request: PassRequest, call: Call, isLook: boolean): Promise<Survey<Manifest>> => {
    unreadable = undefined
    let state = await deps.ledger.read(call.signal)
    const removing = request.removing === true
    const { revision, unverified } = removing
      ? { revision: state.head.applied ?? noRevision }
      : revisionFor(state.head, request.revision ?? state.head.pin?.revision ?? deps.revision(), policy)
    // Who is removed desires nothing whatever the revision, and who is pinned the same whatever the revision: they must
    // keep nobody waiting for them, nor wait for the past.
    const isAsBefore = leaves === removing
    leaves = removing
    const isElsewhere = removing || state.head.pin !== undefined
    const common = isElsewhere ? (request.revision ?? revision) : revision
    if (!removing) await folders.note(revision, call.signal)
    unreadable = removing ? undefined : revision
    const desired = removing ? nothing(call) : await states.of(revision, state.inventory, call)
    unreadable = undefined
    if (planned?.id !== common.id || !isAsBefore) {
      planned = common
      deps.neighbours.tell()
    }
    const recovered = await recoverOwned(state, desired.set, target, call, application.formerly ?? [])
    // Recorded by a pass, and only looked at by a plan.
    if (recovered.length > 0 && !isLook) state = await deps.ledger.commit({ set: recovered }, call.signal)
    else if (recovered.length > 0) state = applyDelta(state, { ...noDelta, head: state.head, set: recovered })
    const open = state.head.operation
    // Who asked for another desired state did not ask for this one.
    const before =
      open?.desiredDigest === desired.set.digest && isAskedFor(open, state.head) ? open : undefined
    const asked = request.asked !== undefined || before !== undefined
    // A plan that is applied holds no heals: they are not part of what was agreed to.
    const heal =
      (request.asked !== undefined && request.asked.planId === undefined) ||
      (before !== undefined && before.approvedPlanId === undefined)
    const now = clock.now()
    // Whoever approved saw the target as it was: an edit since then must not be missed because a watch is late.
    const { approval } = state.head
    const isUnderWay = approval !== undefined && open?.approval?.planId === approval.planId
    const isApproved = approval?.ended === undefined && (isUnderWay || now < (approval?.expiresAt ?? 0))
    const fresh = request.fresh === true || isApproved
    const { neighbours } = deps
    const { immutables } = memory
    const graceIsOver = waits?.revision === common.id && clock.monotonic() - waits.since >= graceMs
    const input = { application, policy, target, state, revision, desired, fresh, asked, heal, removing, now }
    try {
      const seen = await survey(
        { ...input, unverified, common, neighbours, graceIsOver, since: wholeAt, immutables },
        call,
      )
      identity = seen.target
      hands = seen.leavesToNeighbours
      if (!seen.hasDeletes) wholeAt = common.id
      if (!seen.waitsForNeighbours) waits = undefined
      else if (waits?.revision !== common.id) waits = { revision: common.id, since: clock.monotonic() }
      return seen
    } catch (thrown) {
      if (isMooringError(thrown) && thrown.code === 'DESIRED_TWICE')
        waits = { revision: common.id, since: clock.monotonic() }
      throw thrown
    }
  }

  /** A commit that nobody can render, or may trust, leaves what ran before in force, and guarded against drift. */
  const keepLastGood = async (pass: string, call: Call, isUnverified: boolean): Promise<void> => {
    try {
      const state = await deps.ledger.read(call.signal)
      const { applied, removing } = state.head
      const desired = isUnverified
        ? applied && { ...(await appliedStates.of(applied, state.inventory, call)), revision: applied }
        : states.lastGood(state.inventory)
      if (desired === undefined || removing !== undefined) return
      const { revision } = desired
      const nobody = { asked: false, heal: false, fresh: false, removing: false, graceIsOver: false }
      const given = {
        application,
        policy,
        target,
        state,
        revision,
        common: revision,
        desired,
        since: undefined,
      }
      const { neighbours } = deps
      const { immutables } = memory
      const seen = await survey({ ...given, ...nobody, immutables, neighbours, now: clock.now() }, call)
      await healOnly(seen, call, { ...deps, ...own, pass })
    } catch {
      // What keeps it from looking is reported where the new revision is; an abort ends the pass as it is.
      call.signal.throwIfAborted()
    }
  }

  return {
    policy,
    identity: target.identity,
    touches: (key) => states.last()?.records.has(key) === true || deps.ledger.peek().inventory.has(key),
    standing: {
      target: () => identity ?? deps.ledger.peek().head.target,
      planned: () => planned,
      isSameFolder: folders.isSame,
      mayHave,
      desires: (key) => !leaves && states.last()?.records.has(key) === true && mayHave(key),
      holds: (key) => deps.ledger.peek().inventory.has(key),
      owns: (key) => deps.ledger.peek().inventory.get(key)?.owned !== undefined,
      waits: () => waits !== undefined || hands,
    },
    recordHookEnds: () => recordHookEnds(application.name, deps.runs, deps),
    forget: () => application.target.forget?.([...(states.last()?.records.keys() ?? [])]),
    plan: async (signal) =>
      (await look({ trigger: 'manual', asked: { actor: 'plan' }, fresh: true }, callFor(signal), true)).plan,
    diff: async (plan, signal) => {
      const call = callFor(signal)
      const seen = await look({ trigger: 'manual', fresh: true }, call, true)
      const bodies: Bodies<Manifest> = plan.changes.some(needsBody) ? await seen.bodies(call) : new Map()
      // Loaded when somebody wants to see a difference: most programs never do.
      const { diffOf } = await import('../pipeline/resource-diff.ts')
      const diffs: ResourceDiff[] = []
      const isStale = plan.changes.some(
        (change) => needsBody(change) && bodies.get(change.key)?.digest !== change.to,
      )
      if (isStale) throw stalePlan(application.name, plan.id, seen.plan)
      for (const change of plan.changes) {
        try {
          diffs.push(diffOf(change, await target.preview(withBody(change, bodies), call)))
        } catch (thrown) {
          signal.throwIfAborted()
          const error = withPlace(classify(thrown, 'TARGET_FAILED', `preview of ${change.label}`), change)
          // One change that the target refuses hides no other. Out of reach is another matter.
          if (error.kind !== 'permanent') throw error
          diffs.push({ key: change.key, steps: [], error: summariseError(error) })
        }
      }
      return diffs
    },
    pass: async (request, id, signal) => {
      const call = callFor(signal)
      try {
        await recordHookEnds(application.name, deps.runs, deps)
        let seen = await look(request, call, false)
        // Before anything is recorded of it: whatever else is gone, such a revision must not make us forget that it was there.
        if (isUnverified(seen.plan)) {
          await keepLastGood(id, call, true)
          seen = await look(request, call, false)
        }
        claimFor(seen, deps.neighbours, application.name)
        const report = await reconcile(seen, request, call, { ...deps, ...own, pass: id })
        if (seen.takes.length > 0) deps.neighbours.took(seen.takes)
        // What waited for the end of the operation has its turn, at once.
        const isNext = seen.unverified !== undefined && deps.ledger.peek().head.operation === undefined
        return isNext ? { ...report, end: { kind: 'wait', atMostMs: 0 } } : report
      } catch (thrown) {
        if (signal.aborted) throw signal.reason
        const error = classify(thrown, 'PASS_FAILED', `The pass of ${application.name} failed`)
        const ended = await endOverdue(error, call, { ...deps, ...own, pass: id })
        if (unreadable !== undefined) {
          await recordRefusal(error, unreadable, request.asked, call, deps)
          await keepLastGood(id, call, false)
        }
        return { ...failedReport(error), ...ended }
      } finally {
        deps.neighbours.disclaim()
      }
    },
  }
}

const isUnverified = ({ holds }: Plan): boolean =>
  holds.some(({ guard, holdsOperation }) => guard === 'verified-revision' && holdsOperation)

/** How long what leaves an application waits for others to say that they desire it. */
const graceMs = 60_000

/**
 * Announces what is about to become ours, in one go with the look at what others have announced. What lies outside of our
 * scope is never about to.
 */
function claimFor<Manifest>({ plan }: Survey<Manifest>, neighbours: Neighbours, application: string): void {
  const outside = new Set(plan.holds.flatMap(({ guard, keys }) => (guard === 'scope' ? keys : [])))
  const taking = plan.changes.filter(
    ({ from, reason, action, key }) =>
      (from === undefined || reason === 'adopted') && !endsOwnership({ action }) && !outside.has(key),
  )
  const first = neighbours.claim(
    plan.target,
    taking.map(({ key }) => key),
  )
  if (first === undefined) return
  const label = taking.find(({ key }) => key === first.key)?.label ?? first.key
  throw desiredTwice(application, [{ label, application: first.application }])
}

/** What the application is removed to. */
const nothing = (call: Call) => {
  const set: DesiredSet = { records: new Map(), hooks: new Map(), digest: call.digest(''), waiting: [] }
  return { set, skipped: [], rendered: false, bodies: async () => new Map() }
}
const noDelta = { set: [], remove: [], history: [] } as const
const noRevision: Revision = { id: 'none', label: 'nothing' }

export function failedReport(error: MooringError): PassReport {
  const retryAfterMs = error.retryAfterMs
  const retry: PassEnd = { kind: 'retry', ...(retryAfterMs !== undefined && { retryAfterMs }) }
  const end: PassEnd =
    error.kind === 'conflict' ? { kind: 'replan' } : error.kind === 'permanent' ? { kind: 'stall' } : retry
  const reasons = [`${error.code}: ${error.message}`]
  return { end, error, rendered: false, resources: 0, changed: 0, health: 'unknown', unhealthy: [], reasons }
}
