import { MooringError } from '../errors/mooring-error.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { Approval } from '../model/approval.ts'
import { stalePlan } from '../pass/stale-plan.ts'
import type { Clock } from '../ports/clock.ts'
import type { ApplicationDesk } from './application-desk.ts'
import { type Approving, approve, disapprove } from './approve.ts'
import type { EngineSession } from './engine-session.ts'
import { mustBe } from './must-be.ts'

/** The approvals of one engine: whose plan an id names, and what is recorded about it. */
export interface Approvals {
  readonly approve: (planId: string, by: Approving) => Promise<Approval>
  readonly disapprove: (planId: string, by: Omit<Approving, 'expiresInMs'>) => Promise<void>
}

/** What approvals need of the engine. */
export interface ApprovalsDeps {
  readonly desks: () => readonly ApplicationDesk[]
  readonly session: EngineSession
  readonly bus: EventBus
  readonly clock: Clock
  readonly wake: (desk: ApplicationDesk) => void
  /** A look at an application that nobody has looked at since the start. */
  readonly look: (desk: ApplicationDesk) => Promise<void>
}

/** The approvals of one engine. */
export function approvals({ desks, session, bus, clock, wake, look }: ApprovalsDeps): Approvals {
  const { signal } = session
  const latestIs = (planId: string) => (desk: ApplicationDesk) => desk.plans.latest()?.id === planId
  const deskWith = async (planId: string): Promise<ApplicationDesk> => {
    const known = desks().find(latestIs(planId))
    if (known !== undefined) return known
    // After a restart nobody may have looked yet at what is held.
    for (const desk of desks())
      if (desk.plans.latest() === undefined && (await desk.isOpen(signal))) await look(desk)
    const found = desks().find(latestIs(planId))
    if (found !== undefined) return found
    const stale = desks().find((desk) => desk.plans.had(planId))
    const latest = stale?.plans.latest()
    throw latest === undefined ? unknownPlan(planId) : stalePlan(latest.application, planId, latest)
  }
  return {
    approve: async (planId, given) => {
      const by = mustBe.asking(given)
      const { actor, expiresInMs } = by
      if (expiresInMs !== undefined && !(expiresInMs >= 1 && expiresInMs <= longestMs))
        throw invalidApproval(expiresInMs)
      await session.openToDecide()
      const desk = await deskWith(planId)
      // Of one that was carried out, only another look shows what is left.
      if (desk.plans.isSpent()) await look(desk)
      const { digest } = session.installation()
      const approvals: Approval[] = []
      await desk.amend((state) => {
        // A pass that ran until now may have made another plan.
        const plan = desk.plans.latest()
        if (plan?.id !== planId || desk.plans.isSpent())
          throw plan === undefined ? unknownPlan(planId) : stalePlan(desk.name, planId, plan)
        const { approval, ...entry } = approve(state, plan, by, { now: clock.now(), digest })
        approvals.push(approval)
        return entry
      }, signal)
      const [approval] = approvals as [Approval]
      bus.emit('approval.given', { application: desk.name, planId, actor, expiresAt: approval.expiresAt })
      wake(desk)
      return approval
    },
    disapprove: async (planId, given) => {
      const by = mustBe.asking(given)
      await session.openToDecide()
      for (const desk of desks()) {
        let found = false
        await desk.amend((state) => {
          const entry = disapprove(state, planId, by, clock.now())
          found = entry !== undefined
          return entry
        }, signal)
        if (!found) continue
        bus.emit('approval.withdrawn', { application: desk.name, planId, actor: by.actor })
        return wake(desk)
      }
      throw unknownPlan(planId)
    },
  }
}

const unknownPlan = (planId: string): MooringError =>
  new MooringError({
    code: 'PLAN_UNKNOWN',
    kind: 'permanent',
    message: `Expected the id of the latest plan of an application, got ${JSON.stringify(planId)}, which none has`,
    hint: 'The hold in engine.status names the plan to approve; engine.plan gives it with its changes.',
  })

/** A year: longer than that nobody remembers what they agreed to. */
const longestMs = 31_536_000_000

const invalidApproval = (expiresInMs: number): MooringError =>
  new MooringError({
    code: 'INVALID_APPROVAL',
    kind: 'permanent',
    message: `Expected expiresInMs to be milliseconds from 1 to ${longestMs}, a year, got ${expiresInMs}`,
    hint: 'Leave it out for a day.',
  })
