// Kills real engines, hundreds of times, and counts what is wrong afterwards: nothing may be.
//
//     main.ts [--kills N] [--seed S] [--target directory|kubernetes]
//     main.ts --scene helm [--kills N] [--seed S]
//     main.ts --scene moves [--behind] [--rounds N] [--seed S] [--target directory|kubernetes]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type ControlPlane, startControlPlane } from '../../tools/control-plane/index.ts'
import { crashRun, type Figures } from './crash-run.ts'
import { helmScene } from './helm/helm-scene.ts'
import { hookScene } from './hooks/hook-scene.ts'
import { movesRun } from './moves-run.ts'
import { directoryPlace, namespacePlace } from './place.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string' },
    target: { type: 'string', default: 'directory' },
    scene: { type: 'string', default: 'everything' },
    rounds: { type: 'string', default: '100' },
    behind: { type: 'boolean', default: false },
  },
})
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000))
const wantedKills = Number(values.kills)
if (!Number.isInteger(seed) || !(wantedKills >= 0))
  throw new Error('Expected --seed and --kills to be whole numbers')
process.stdout.write(`seed ${seed}, ${values.target}\n`)
if (values.scene === 'helm') {
  const found = await helmScene(seed, wantedKills, (line) => process.stdout.write(`${line}\n`))
  for (const what of found) process.stdout.write(`${what}\n`)
  process.exit(found.length === 0 ? 0 : 1)
}

const cluster: ControlPlane | undefined =
  values.target === 'kubernetes' ? await startControlPlane({ controllers: false, audit: false }) : undefined
const total = { runs: 0, commits: 0, foreign: 0, edits: 0, resources: 0 }
const kills: Record<string, number> = {}
const wrong: string[] = []
const killed = (): number => Object.values(kills).reduce((sum, count) => sum + count, 0)
if (values.scene === 'moves') {
  const folder = mkdtempSync(join(tmpdir(), 'mooring-crash-'))
  try {
    const place = cluster === undefined ? directoryPlace(folder) : await namespacePlace(cluster)
    const figures = await movesRun({
      seed,
      folder,
      place,
      rounds: Number(values.rounds),
      behind: values.behind,
      onRound: (round, count) => {
        if (round % 10 === 0) process.stdout.write(`${round} rounds, ${count} wrong\n`)
      },
    })
    process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`)
    process.exitCode = figures.wrong.length === 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await cluster?.stop()
  }
  process.exit()
}
const run = async (number: number, killsAtEach: number): Promise<Figures> => {
  const folder = mkdtempSync(join(tmpdir(), 'mooring-crash-'))
  try {
    const place = cluster === undefined ? directoryPlace(folder) : await namespacePlace(cluster)
    return await crashRun({
      seed: seed + number,
      folder,
      place,
      commits: 3,
      killsAtEach,
      firstFailpoint: number * 17,
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
const take = (number: number, figures: Figures): void => {
  total.runs++
  total.commits += figures.commits
  total.foreign += figures.foreign
  total.edits += figures.edits
  total.resources += figures.resources
  for (const [name, count] of Object.entries(figures.kills)) kills[name] = (kills[name] ?? 0) + count
  for (const what of figures.wrong) wrong.push(`seed ${seed + number}: ${what}`)
}
try {
  take(0, await run(0, 0))
  process.stdout.write(`without a crash: ${wrong.length === 0 ? 'as expected' : wrong.join('\n')}\n`)
  for (let number = 0; killed() < wantedKills; number += 2) {
    const pair = [number, number + 1]
    const figures = await Promise.all(pair.map((each) => run(each, 4)))
    for (const [at, each] of pair.entries()) if (figures[at] !== undefined) take(each, figures[at])
    process.stdout.write(`${killed()} kills, ${wrong.length} wrong\n`)
  }
} finally {
  await cluster?.stop()
}
wrong.push(
  ...(await hookScene(values.target, Math.ceil(wantedKills / 4), (line) =>
    process.stdout.write(`${line}\n`),
  )),
)
const count = (word: string): number => wrong.filter((what) => what.includes(`${word}:`)).length
process.stdout.write(`${JSON.stringify({ seed, ...total, kills: killed(), ...kills }, undefined, 2)}\n`)
process.stdout.write(
  `${killed()} kills: ${count('orphan')} orphans, ${count('foreign')} foreign resources taken, ${wrong.length} differences in all\n`,
)
for (const what of wrong) process.stdout.write(`${what}\n`)
process.exitCode = wrong.length === 0 ? 0 : 1
