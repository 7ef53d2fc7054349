import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { hookDirectory } from './hook-place.ts'
import { hookCrashRun } from './hook-run.ts'

const fresh = Math.floor(Math.random() * 1_000)

// `pnpm test:crash` does the same for more kills, also with Jobs on a real cluster.
test.each([{ first: 3 }, { first: fresh }])(
  'engines killed amid operations with hooks make none twice and pass none whose outcome is unknown: from instant $first',
  async ({ first }) => {
    const folder = mkdtempSync(join(tmpdir(), 'mooring-crash-hooks-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const place = hookDirectory(folder)
    const figures = await hookCrashRun({ folder, place, releases: 1, killsAtEach: 3, firstFailpoint: first })
    expect(figures).toMatchObject({ instancesTwice: [], functionsTwice: [], past: [], orphans: [] })
    expect(Object.values(figures.kills).length).toBeGreaterThan(0)
  },
  120_000,
)
