import { availableParallelism, loadavg } from 'node:os'
import { type Bench, median, type Row, row } from '../report.ts'
import { openPlace } from './place.ts'
import { commitsEach, everyMs, healthyCount, type Round, runRound } from './round.ts'

const pairs = 10
const target = 1.2

/** Applications that are well, with and without five beside them of which each is broken in its own way. */
export const bench: Bench = async () => {
  await using place = await openPlace()
  // What compiles on first use counts for neither side.
  await runRound(place, true)
  const load = loadavg()[0] ?? 0
  const alone: Round[] = []
  const beside: Round[] = []
  for (let pair = 0; pair < pairs; pair++) {
    // The other way round every second time, so that a machine that slows down favours neither.
    for (const isPoisoned of pair % 2 === 0 ? [false, true] : [true, false]) {
      const round = await runRound(place, isPoisoned)
      if (isPoisoned) beside.push(round)
      else alone.push(round)
    }
  }
  return {
    title: 'poison: what a broken application costs the others',
    conditions: [
      `${healthyCount} healthy applications, each changed by every commit; ${place.poisons.length} poisoned ones beside them, or none`,
      `${pairs} pairs of rounds in turns, each of ${commitsEach} commits ${everyMs} ms apart; from the commit until operation.finished`,
      'the whole way, asked as by a push: Git over HTTP, manifests(), an HTTP API of four calls; one process, but for git itself',
      ...place.poisons.map(({ name, what }) => `${name}: ${what}; ended ${endsOf(beside, name)}`),
      `Node ${process.version}, ${availableParallelism()} cores, load ${load.toFixed(1)} before`,
    ],
    rows: [
      compared('median, from the commit to synced', alone, beside, (times) => shareOf(times, 0.5)),
      compared('95th percentile', alone, beside, (times) => shareOf(times, 0.95)),
      row({
        metric: 'the same medians without poison, slowest to fastest round',
        unit: 'times',
        value: spreadOf(alone.map(({ times }) => shareOf(times, 0.5))),
      }),
    ],
  }
}

/** Figures of rounds, and the median of the ratios within pairs. */
function compared(
  metric: string,
  alone: readonly Round[],
  beside: readonly Round[],
  figureOf: (times: readonly number[]) => number,
): Row {
  const values = beside.map(({ times }) => figureOf(times))
  const references = alone.map(({ times }) => figureOf(times))
  return row({
    metric,
    unit: 'ms',
    value: median(values),
    reference: median(references),
    ratio: median(values.map((value, at) => value / (references[at] ?? Number.NaN))),
    target,
    better: 'lower',
  })
}

/** The figure that this share of all does not exceed. */
function shareOf(times: readonly number[], share: number): number {
  const sorted = times.toSorted((one, other) => one - other)
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN
}

const spreadOf = (figures: readonly number[]): number => Math.max(...figures) / Math.min(...figures)

/** `24 times INVALID_YAML, 3 times …`, over all rounds. */
function endsOf(rounds: readonly Round[], name: string): string {
  const counts = new Map<string, number>()
  for (const code of rounds.flatMap(({ failures }) => failures.get(name) ?? []))
    counts.set(code, (counts.get(code) ?? 0) + 1)
  return [...counts].map(([code, count]) => `${count} times ${code}`).join(', ')
}
