import { describeStore } from '@mooring/core/testing'
import { describe, type TestContext, test } from 'vitest'
import { harness } from './harness.ts'

describe.each(['wal', 'rollback'] as const)('with the %s journal', (journal) => {
  describeStore({ describe, test: patiently, make: () => harness(journal) })
})

/** Killing hundreds of processes takes its time. */
function patiently(name: string, run: (running: TestContext) => Promise<void>): void {
  test(name, { timeout: 240_000 }, run)
}
