import { MooringError } from '@mooring/core'

/** The error for a chart that is not handed to Helm. */
export const invalidChart = (where: string, found: string): MooringError =>
  new MooringError({
    code: 'CHART_INVALID',
    kind: 'permanent',
    message: `Expected a chart at ${where || 'the root of the repository'}, found ${found}`,
    hint: 'Correct the chart. Links, devices, paths that lead out of it and oversized archives are refused before Helm sees them, because Helm would read whatever they lead to.',
  })
