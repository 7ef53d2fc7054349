import { describeStore } from '@mooring/core/testing'
import { describe, test } from 'vitest'
import { harness } from './harness.ts'

describe.each(['wal', 'rollback'] as const)('with the %s journal', (journal) => {
  describeStore({ describe, test, make: () => harness(journal) })
})
