import { describe, expect, test } from 'vitest'
import { type TroubleInput, trouble } from '../../src/pipeline/trouble.ts'

const calm: TroubleInput = {
  since: undefined,
  seenAt: undefined,
  now: 1_000_000,
  health: 'healthy',
  hasFailed: false,
  isWell: false,
}

describe('trouble', () => {
  test.each<[string, Partial<TroubleInput>, object]>([
    ['does not begin while something is on its way', { health: 'progressing' }, {}],
    ['may begin with bad health', { health: 'degraded' }, { seenAt: 1_000_000 }],
    [
      'counts once bad health has lasted a minute, from when it was seen',
      { health: 'degraded', seenAt: 940_000 },
      { seenAt: 940_000, since: 940_000 },
    ],
    [
      'begins at once with an operation that failed',
      { hasFailed: true },
      { seenAt: 1_000_000, since: 1_000_000 },
    ],
    [
      'began with what was seen before that operation failed',
      { hasFailed: true, seenAt: 990_000 },
      { seenAt: 990_000, since: 990_000 },
    ],
    [
      'began when it is recorded to have begun',
      { hasFailed: true, seenAt: 990_000, since: 5 },
      { seenAt: 990_000, since: 5 },
    ],
    ['stays while nobody can tell', { health: 'unknown', since: 5 }, { since: 5 }],
    [
      'ends when all is well, and tells how long it took',
      { isWell: true, since: 400_000 },
      { recoveredMs: 600_000 },
    ],
    ['that was none ends without a word', { isWell: true, seenAt: 990_000 }, {}],
    [
      'took no less than nothing, whatever the clock says',
      { isWell: true, since: 2_000_000 },
      { recoveredMs: 0 },
    ],
  ])('%s', (_, given, found) => {
    expect(trouble({ ...calm, ...given })).toEqual(found)
  })
})
