import { describe, expect, test } from 'vitest'
import { describeSource } from '../../src/testing/index.ts'
import { brokenAborts } from './broken-sources/abort.ts'
import { brokenContents } from './broken-sources/content.ts'
import { brokenDigests } from './broken-sources/digests.ts'
import { brokenResolves } from './broken-sources/resolve.ts'
import { sourceHarness } from './memory-harnesses.ts'
import { outcomeOf, proveSuite } from './prove.ts'

describe('the source contract', () => {
  proveSuite({
    make: sourceHarness,
    suite: (runner, make) => describeSource({ ...runner, make }),
    broken: [...brokenResolves, ...brokenDigests, ...brokenContents, ...brokenAborts],
  })

  test('skips rewritten history where the harness cannot rewrite it', async () => {
    const make = async () => {
      const { source, commit, close } = await sourceHarness()
      return { source, commit, close }
    }
    const { failed, skipped } = await outcomeOf((runner) => describeSource({ ...runner, make }))
    expect({ failed, skipped }).toEqual({
      failed: [],
      skipped: ['resolves as diverged when history was rewritten'],
    })
  })
})
