import type { Plan } from '../model/plan.ts'

/** The latest plan of one application, and which ids earlier ones had. */
export interface PlanBook {
  /** `spent`: something of it was carried out since it was made. Default false. */
  readonly note: (plan: Plan, spent?: boolean) => void
  readonly latest: () => Plan | undefined
  /** Whether the latest plan says no more what would be done, because something of it was. */
  readonly isSpent: () => boolean
  /** When the first hold of the latest plan ends that ends by itself, milliseconds since the epoch. */
  readonly endsAt: () => number | undefined
  /** Whether a plan of this id was noted, lately. */
  readonly had: (planId: string) => boolean
}

/** A book without plans. */
export function planBook(): PlanBook {
  let latest: Plan | undefined
  let isSpent = false
  const ids = new Set<string>()
  return {
    note: (plan, spent = false) => {
      latest = plan
      isSpent = spent
      // Taken out first, so that the oldest one not seen since is the first to go.
      ids.delete(plan.id)
      ids.add(plan.id)
      for (const oldest of ids) {
        if (ids.size <= kept) break
        ids.delete(oldest)
      }
    },
    latest: () => latest,
    isSpent: () => isSpent,
    endsAt: () => {
      const ends = latest?.holds.flatMap(({ until }) => until ?? []) ?? []
      return ends.length === 0 ? undefined : Math.min(...ends)
    },
    had: (planId) => ids.has(planId),
  }
}

/** Enough to tell somebody who was slow that the plan is out of date, rather than unheard of. */
const kept = 50
