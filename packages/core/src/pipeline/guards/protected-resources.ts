import type { PlannedChange } from '../../model/change.ts'
import { type Guard, holdOn } from './guard.ts'

/** Resources that `sync.protect` names are never deleted or replaced. */
export const protectedResources: Guard = ({ changes, policy }) => {
  const patterns = policy.protect.map(patternOf)
  const isProtected = (change: PlannedChange): boolean =>
    patterns.some((pattern) => pattern.test(change.label) || pattern.test(change.key))
  return holdOn(
    changes.filter((change) => destroys(change) && isProtected(change)),
    {
      guard: 'protected-resources',
      code: 'PROTECTED_RESOURCE',
      message: (labels) => `protected from being deleted: ${labels}`,
      release: 'put it back into the desired state, or take it out of sync.protect',
      holdsOperation: true,
    },
  )
}

/** Whether something of the resource's is lost. */
export const destroys = (change: PlannedChange): boolean =>
  change.action === 'delete' || change.action === 'replace'

const patternOf = (pattern: string): RegExp =>
  new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`, 's')

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
