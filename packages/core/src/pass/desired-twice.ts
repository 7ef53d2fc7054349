import { MooringError } from '../errors/mooring-error.ts'

/** Thrown before any write where two applications render the same resource: who has it keeps it. */
export const desiredTwice = (
  application: string,
  twice: readonly { readonly label: string; readonly application: string }[],
): MooringError =>
  new MooringError({
    code: 'DESIRED_TWICE',
    kind: 'permanent',
    message: `${application} desires what another application keeps already: ${twice
      .slice(0, 10)
      .map((one) => `${one.label} (${one.application})`)
      .join(', ')}${twice.length > 10 ? ` and ${twice.length - 10} more` : ''}`,
    hint: 'Take it out of one of the two. Nothing was changed.',
  })
