import type { PlannedChange } from '../../model/change.ts'
import type { OwnershipPolicy } from '../../model/policy.ts'
import type { Owner, Traits } from '../../model/resource.ts'
import { type Guard, holdOn } from './guard.ts'

/**
 * Who may take over what exists and is not in the inventory.
 *
 * | live mark | must-match | adopt-unowned | adopt-all |
 * |---|---|---|---|
 * | none | held, unless the resource allows adoption | adopted | adopted |
 * | another owner | held | held | adopted |
 *
 * What moves here from an application of the same engine is no takeover.
 */
export const ownership: Guard = ({ changes, policy, liveOwnerOf, traitsOf, movesHere = () => false }) => {
  const refused = changes.filter(
    (change) =>
      change.reason === 'adopted' &&
      !movesHere(change.key) &&
      !mayAdopt(policy.ownership, liveOwnerOf(change.key), traitsOf(change.key)),
  )
  const whose = (change: PlannedChange): string => nameOf(liveOwnerOf(change.key))
  const owners = [...new Set(refused.map(whose))].join(', ')
  return holdOn(refused, {
    guard: 'ownership',
    code: 'NOT_OWNED',
    message: (labels) => `exists and belongs to ${owners}, not to this application: ${labels}`,
    release:
      'delete or rename it, or allow the takeover: for this one resource where the target knows a way, for all with sync.ownership',
    holdsOperation: true,
  })
}

function mayAdopt(policy: OwnershipPolicy, owner: Owner | undefined, traits: Traits): boolean {
  switch (policy) {
    case 'adopt-all':
      return true
    case 'adopt-unowned':
      return owner === undefined
    case 'must-match':
      return owner === undefined && traits.adopt === 'allowed'
    default:
      return policy satisfies never
  }
}

const nameOf = (owner: Owner | undefined): string =>
  owner === undefined
    ? 'nobody we know'
    : `application ${owner.application} of installation ${owner.installation}`
