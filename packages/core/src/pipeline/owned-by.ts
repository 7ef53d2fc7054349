import type { Observation, Owner } from '../model/resource.ts'

/** Whose marks count as ours: the application's, and those of names it had formerly. */
export interface Ownership {
  readonly owner: Owner
  /** Default none. */
  readonly formerly?: readonly string[]
}

/** Whether the live resource carries our mark, under our name or a former one. Pure. */
export const isOwnedBy = (observation: Observation, { owner, formerly = [] }: Ownership): boolean =>
  observation.owner?.installation === owner.installation &&
  (observation.owner.application === owner.application || formerly.includes(observation.owner.application))

/** A resource without any mark is not somebody else's: marks get lost. */
export const isSomebodyElses = (observation: Observation, ownership: Ownership): boolean =>
  observation.owner !== undefined && !isOwnedBy(observation, ownership)

/** The mark that a live resource still carries from before a rename. */
export const formerMarkOf = (
  observation: Observation | undefined,
  ownership: Ownership,
): Owner | undefined =>
  observation !== undefined &&
  isOwnedBy(observation, ownership) &&
  observation.owner?.application !== ownership.owner.application
    ? observation.owner
    : undefined
