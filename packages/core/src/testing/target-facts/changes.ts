import type { Change, Expectation } from '../../model/change.ts'
import type { Desired } from '../../model/resource.ts'

/** Create, expecting that nothing is there. */
export function creationOf(desired: Desired<unknown>): Change<unknown> {
  const { key, label, digest } = desired
  return {
    key,
    label,
    action: 'create',
    reason: 'added',
    expects: { kind: 'absent' },
    to: digest,
    stage: 0,
    desired,
  }
}

/** Update to what is desired. */
export function updateTo(desired: Desired<unknown>, expects: Expectation): Change<unknown> {
  return { ...creationOf(desired), action: 'update', reason: 'changed', expects }
}

/** Delete and create again. */
export function replacementBy(desired: Desired<unknown>, expects: Expectation): Change<unknown> {
  return { ...updateTo(desired, expects), action: 'replace' }
}

/** Delete what is no longer desired. */
export function deletionOf({ key, label, digest }: Desired<unknown>, expects: Expectation): Change<unknown> {
  return { key, label, action: 'delete', reason: 'removed', expects, from: digest, stage: 0 }
}

/** End ownership and leave the resource alone. */
export function releaseOf(desired: Desired<unknown>, expects: Expectation): Change<unknown> {
  return { ...deletionOf(desired, expects), action: 'release', reason: 'kept' }
}
