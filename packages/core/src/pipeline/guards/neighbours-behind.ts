import { endsOwnership } from '../../model/change.ts'
import { type Guard, holdOn } from './guard.ts'

/**
 * What leaves one application may be about to appear in another. Where another could not plan this revision in time,
 * nobody knows, and the delete is held until it has.
 */
export const neighboursBehind: Guard = ({ changes, behind }) => {
  if (behind === undefined || behind.deletes.length === 0) return undefined
  const late = new Set(behind.deletes.map(({ key }) => key))
  const names = behind.applications.join(', ')
  return holdOn(
    changes.filter((change) => endsOwnership(change) && late.has(change.key)),
    {
      guard: 'neighbours-behind',
      code: 'NEIGHBOURS_BEHIND',
      message: (labels) => `may have moved to ${names}, which has not planned this revision: ${labels}`,
      release: `goes on by itself when ${names} has planned it; see its status, or remove it`,
      holdsOperation: true,
    },
  )
}
