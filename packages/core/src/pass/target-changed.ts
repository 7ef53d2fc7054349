import { MooringError } from '../errors/mooring-error.ts'

/** Thrown before any effect where the target is not the one that everything recorded is relative to. */
export const targetChanged = (application: string, known: string, found: string): MooringError =>
  new MooringError({
    code: 'TARGET_CHANGED',
    kind: 'permanent',
    message: `Application ${application} was applied to ${known} and is now pointed at ${found}`,
    hint:
      'Nothing was changed on either. Point it back; or decide with engine.retarget: accept, if it is the same thing under ' +
      'another identity; abandon, to leave what is on the old one alone and begin on the new one. To delete what is on the ' +
      'old one, point it back and call engine.remove with prune.',
  })
