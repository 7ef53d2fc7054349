// Disturbs a real engine between a real Git server and a real API server, round after round, and looks at whether all is
// well when the faults are over. A seed that fails is kept in corpus.json.
//
//     main.ts [--rounds N] [--seed S] [--leave-dead]
import { parseArgs } from 'node:util'
import { startControlPlane } from '../../tools/control-plane/index.ts'
import { chaosRun } from './chaos-run.ts'
import { corpus, keepSeed } from './corpus.ts'

const { values } = parseArgs({
  options: {
    'leave-dead': { type: 'boolean', default: false },
    rounds: { type: 'string', default: '50' },
    seed: { type: 'string' },
  },
})
const first = Number(values.seed ?? Math.floor(Math.random() * 1_000_000))
const rounds = Number(values.rounds)
if (!Number.isInteger(first) || !Number.isInteger(rounds))
  throw new Error('Expected --seed and --rounds to be whole numbers')
process.stdout.write(`seed ${first}\n`)

const roundsOfOne = 5
const seeds = [...(values.seed === undefined ? corpus().seeds : [])]
for (let seed = first; seeds.length * roundsOfOne < rounds; seed++) seeds.push(seed)
const happened: Record<string, number> = {}
const healedMs: number[] = []
const wrong: string[] = []
await using controlPlane = await startControlPlane({ controllers: false, audit: false })
for (const seed of seeds) {
  const left = Math.min(roundsOfOne, Math.max(1, rounds - healedMs.length))
  const figures = await chaosRun({ seed, rounds: left, controlPlane, leavesDead: values['leave-dead'] })
  for (const [what, count] of Object.entries(figures.happened)) happened[what] = (happened[what] ?? 0) + count
  healedMs.push(...figures.healedMs)
  for (const what of figures.wrong) {
    wrong.push(`seed ${seed}: ${what}`)
    process.stdout.write(`seed ${seed}: ${what}\n`)
  }
  if (figures.wrong.length > 0) keepSeed(seed)
  process.stdout.write(`seed ${seed}: ${healedMs.length} rounds healed, ${wrong.length} wrong\n`)
}
const count = (sort: string): number => wrong.filter((what) => what.includes(`: ${sort}: `)).length
const sorted = healedMs.toSorted((one, another) => one - another)
const healed = { rounds: sorted.length, medianMs: sorted[sorted.length >> 1], longestMs: sorted.at(-1) }
process.stdout.write(`${JSON.stringify({ ...healed, happened }, undefined, 2)}\n`)
process.stdout.write(
  `${count('orphan')} orphans, ${count('foreign')} foreign resources taken, ${count('forbidden')} forbidden deletes, ${count('trigger')} lost triggers, ${wrong.length} differences in all\n`,
)
process.exitCode = wrong.length === 0 ? 0 : 1
