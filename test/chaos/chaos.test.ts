import { expect, test } from 'vitest'
import { sharedControlPlane } from '../../tools/control-plane/for-tests.ts'
import { chaosRun } from './chaos-run.ts'
import { corpus } from './corpus.ts'
import type { Interposed } from './world.ts'

const controlPlane = sharedControlPlane({ controllers: false, audit: false })
const freshSeed = Math.floor(Math.random() * 1_000_000)

// `pnpm test:chaos` does the same for as many rounds as you like.
test.each([
  ...corpus().seeds.map((seed) => ({ which: `seed ${seed} of the corpus`, seed })),
  { which: `a fresh seed, ${freshSeed}`, seed: freshSeed },
])(
  'after faults the cluster is as Git says, nothing foreign is taken and nothing is deleted on the way: $which',
  async ({ seed }) => {
    const { wrong, healedMs } = await chaosRun({ seed, rounds: 2, controlPlane: controlPlane() })
    expect(wrong).toEqual([])
    expect(healedMs).toHaveLength(2)
  },
  180_000,
)

test('what is wrong is found out: a target that says it has deleted what it has not leaves orphans', async () => {
  const run = { seed: 7, rounds: 2, controlPlane: controlPlane(), interposed: forgetful, boundMs: 8_000 }
  const { wrong } = await chaosRun(run)
  expect(wrong).toContainEqual(expect.stringMatching(/^round \d: orphan: /))
}, 120_000)

const forgetful: Interposed = (target) => ({
  ...target,
  apply: async (change, call) =>
    change.action === 'delete' ? { outcome: 'changed' } : target.apply(change, call),
})
