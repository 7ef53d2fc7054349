import { endsOwnership } from '../../model/change.ts'
import { type Guard, holdOn } from './guard.ts'

/** An application is not deleted while others depend on it. */
export const dependents: Guard = ({ changes, removing, dependents: names = [] }) =>
  removing && names.length > 0
    ? holdOn(changes.filter(endsOwnership), {
        guard: 'dependents',
        code: 'DEPENDENTS_LEFT',
        message: (labels) => `${names.join(', ')} depends on this application: ${labels}`,
        release: `remove ${names.join(', ')} first, or replace with a definition that does not depend on it`,
        holdsOperation: true,
      })
    : undefined
