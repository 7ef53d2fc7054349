import type { Plan } from '../model/plan.ts'
import type { ApplicationHead } from '../model/state.ts'
import type { PassReport } from '../pass/pass-report.ts'
import { isFailure } from './operation.ts'

/** How an application stands for those that depend on it. */
export type Standpoint =
  | { readonly kind: 'met' }
  /** It is under way there, and nobody has to act. */
  | { readonly kind: 'under-way'; readonly why: string }
  /** It stays so until somebody acts, or something changes by itself. */
  | { readonly kind: 'stuck'; readonly why: string; readonly release: string }

/** A dependency that is not met. */
export interface Unmet {
  readonly application: string
  readonly why: string
  readonly release: string
  /** Under way: nobody has to act. */
  readonly passing: boolean
  /** The way round, where the applications depend on each other. */
  readonly cycle?: readonly string[]
}

/** What is known of an application that others depend on. */
export interface DependencyInput {
  readonly head: ApplicationHead
  /** Its last pass in this process. */
  readonly report: PassReport | undefined
  /** Whether its last plan is of the revision that the dependent is at; true where they share no source. */
  readonly isThere: (revision: string) => boolean
}

/** Whether others may go on: in sync, healthy, and where they share a source at their revision. Pure. */
export function standpoint({ head, report, isThere }: DependencyInput): Standpoint {
  const { suspended, removing, operation, settled, pin } = head
  if (suspended !== undefined) return stuck(`is suspended by ${suspended.by}`, 'resume it with engine.resume')
  if (removing !== undefined)
    return stuck(`is being removed, as ${removing.by} asked`, 'take it out of dependsOn')
  if (report === undefined) return underWay('has not been looked at since the start')
  const { plan, error } = report
  if (error !== undefined || plan === undefined) return failing(error)
  const holds = plan.holds.filter(({ holdsOperation }) => holdsOperation)
  const [hold] = holds.filter(({ passing }) => passing !== true)
  if (hold !== undefined) return stuck(`is held itself (${hold.code})`, hold.release)
  if (holds.length > 0) return underWay('waits for its own dependencies')
  if (!isThere(plan.revision.id)) {
    if (pin === undefined) return underWay('has not come to this revision yet')
    return stuck(
      `is pinned to ${pin.revision.label ?? pin.revision.id} by ${pin.by}`,
      'end that with engine.unpin',
    )
  }
  if (operation !== undefined) return underWay('is being brought in line')
  if (settled === undefined || settled.desiredDigest !== plan.desiredDigest)
    return stuck('is out of sync', 'sync it with engine.sync')
  if (isFailure(settled.outcome)) {
    const [reason = settled.outcome] = settled.reasons
    return stuck(`has failed: ${reason}`, 'mend it, or roll it back')
  }
  return healthOf(report)
}

function failing(error: PassReport['error']): Standpoint {
  if (error?.kind === 'permanent') return stuck(`cannot be brought in line: ${error.code}`, 'see its status')
  return underWay(error === undefined ? 'has not been planned yet' : `is tried again after ${error.code}`)
}

function healthOf({ health, unhealthy }: PassReport): Standpoint {
  if (health === 'healthy' || health === 'paused') return { kind: 'met' }
  const [first] = unhealthy
  const what = first === undefined ? health : `${health} (${first.label})`
  if (health === 'progressing') return underWay(`is ${what}`)
  return stuck(`is ${what}`, 'goes on by itself when it is healthy')
}

const underWay = (why: string): Standpoint => ({ kind: 'under-way', why })
const stuck = (why: string, release: string): Standpoint => ({ kind: 'stuck', why, release })

/** Whether a plan is held because of other applications. Pure. */
export const waitsForOthers = (plan: Plan | undefined): boolean =>
  plan?.holds.some(({ guard }) => guard === 'dependency' || guard === 'dependents') === true

/**
 * The way from an application through its dependencies back to itself, with it at both ends; undefined where there is
 * none. Those that merely depend on such a circle are not in it. Pure.
 */
export function circleThrough(
  name: string,
  dependenciesOf: (name: string) => readonly string[],
): readonly string[] | undefined {
  const seen = new Set<string>()
  const from = (current: string, way: readonly string[]): readonly string[] | undefined => {
    for (const next of dependenciesOf(current)) {
      if (next === name) return [...way, next]
      if (seen.has(next)) continue
      seen.add(next)
      const found = from(next, [...way, next])
      if (found !== undefined) return found
    }
    return undefined
  }
  return from(name, [name])
}
