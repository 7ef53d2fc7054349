import { describe, expect, test } from 'vitest'
import { describeTarget } from '../../src/testing/index.ts'
import { brokenApplies } from './broken-targets/apply.ts'
import type { MemoryHarness } from './broken-targets/faulty-target.ts'
import { brokenHooks } from './broken-targets/hooks.ts'
import { brokenObserves } from './broken-targets/observe.ts'
import { brokenOwnership } from './broken-targets/ownership.ts'
import { brokenPrepares } from './broken-targets/prepare.ts'
import { brokenAborts, brokenPreviews, brokenWatches } from './broken-targets/preview-watch-abort.ts'
import { brokenSecrecy } from './broken-targets/secrecy.ts'
import { brokenSelves } from './broken-targets/self.ts'
import { targetHarness } from './memory-harnesses.ts'
import { outcomeOf, proveSuite } from './prove.ts'

describe('the target contract', () => {
  proveSuite<MemoryHarness>({
    make: targetHarness,
    suite: (runner, make) => describeTarget({ ...runner, make, patienceMs: 200 }),
    broken: [
      ...brokenSelves,
      ...brokenPrepares,
      ...brokenObserves,
      ...brokenApplies,
      ...brokenOwnership,
      ...brokenHooks,
      ...brokenPreviews,
      ...brokenSecrecy,
      ...brokenWatches,
      ...brokenAborts,
    ],
  })

  test('skips by what the target supports, and fails nothing else', async () => {
    const supports = { marks: false, uids: false, versions: false, staleMs: 1000 }
    const { failed, skipped } = await outcomeOf((runner) =>
      describeTarget({ ...runner, make: () => targetHarness({ supports }) }),
    )
    expect(failed).toEqual([])
    expect(skipped.toSorted()).toMatchInlineSnapshot(`
      [
        "gives a resource made again another uid",
        "lists exactly what carries the mark of the owner who asks",
        "lists nothing of a neighbour that differs only in the application",
        "lists nothing of a neighbour that differs only in the installation",
        "lists nothing that was released or deleted",
        "marks a resource that it takes over",
        "reads back the mark of the owner it applied for",
        "refuses to delete another incarnation than expected",
        "refuses to delete another version than expected",
        "refuses to release another incarnation than expected",
        "refuses to release another version than expected",
        "refuses to replace another incarnation than expected",
        "refuses to replace another version than expected",
        "refuses to update another incarnation than expected",
        "refuses to update another version than expected",
        "rejects owned with the reason of a signal that is aborted already",
        "replaces by another incarnation",
        "sees tampering by any look, where it declares that nothing it sees is old",
        "shows somebody else's mark as somebody else's",
        "takes the mark off what it releases",
        "tells applications of one installation apart",
      ]
    `)
  })

  test('fails a fact that would be skipped by a runner without skip', async () => {
    const runs = new Map<string, () => Promise<void>>()
    const bare = (name: string, run: (...given: never[]) => Promise<void>) => runs.set(name, run)
    const make = () => targetHarness({ supports: { uids: false } })
    describeTarget({ describe: (_name, define) => define(), test: bare as never, make })
    await expect(runs.get('gives a resource made again another uid')?.()).rejects.toThrow(
      'supports.uids is false',
    )
    await expect(runs.get('prepares without effect')?.()).resolves.toBeUndefined()
  })
})
