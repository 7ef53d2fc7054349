import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { crashRun } from './crash-run.ts'
import { movesRun } from './moves-run.ts'
import { directoryPlace } from './place.ts'

const freshSeed = Math.floor(Math.random() * 1_000_000)

/** A run of its own in a folder of its own. */
async function run(seed: number, killsAtEach: number) {
  const folder = mkdtempSync(join(tmpdir(), 'mooring-crash-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const place = directoryPlace(folder)
  return crashRun({ seed, folder, place, commits: 1, killsAtEach, firstFailpoint: seed })
}

test('twenty resources that move between four applications again and again are each owned once, whoever is killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mooring-crash-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const { wrong, moves } = await movesRun({
    seed: freshSeed,
    folder,
    place: directoryPlace(folder),
    rounds: 2,
  })
  expect(wrong, `seed ${freshSeed}`).toEqual([])
  expect(moves).toBe(40)
}, 120_000)

// `pnpm test:crash` does the same for hundreds of kills, also on a real API server.
test('an engine that is never killed brings every commit, rename and removal about', async () => {
  expect(await run(1, 0)).toMatchObject({ wrong: [], kills: {} })
}, 60_000)

test.each([
  { which: 'the usual seed', seed: 7 },
  { which: `a fresh seed, ${freshSeed}`, seed: freshSeed },
])(
  'engines that are killed at every turn bring about the same, orphan nothing and take nothing foreign: $which',
  async ({ seed }) => {
    const { wrong, kills } = await run(seed, 3)
    expect(wrong).toEqual([])
    expect(Object.values(kills).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0)
  },
  120_000,
)
