/** One line of a benchmark's table, and one object of its JSON. */
export interface Row {
  readonly metric: string
  readonly unit: string
  readonly value: number
  /** The same, of what it is compared with. */
  readonly reference: number | null
  /** How value and reference compare. */
  readonly ratio: number | null
  /** What is asked of the ratio or, where there is no reference, of the value. */
  readonly target: number | null
  /** Whether the target is met; null without one. */
  readonly ok: boolean | null
}

/** What a benchmark found. */
export interface Report {
  readonly title: string
  /** What one has to know to read the figures: sizes, versions, machine, and what was left out and why. */
  readonly conditions: readonly string[]
  readonly rows: readonly Row[]
}

/** What `bench/NAME/bench.ts` exports as `bench`. */
export type Bench = () => Promise<Report>

/** What a row is made from. */
export interface Measured {
  readonly metric: string
  readonly unit: string
  readonly value: number
  readonly reference?: number
  /** Default value / reference. Give the median where rounds were compared in pairs. */
  readonly ratio?: number
  /** Of the ratio or, without a reference, of the value. Default none: the row is for information. */
  readonly target?: number
  /** Which way a target is met. Default `higher`: at least the target. With `lower`: at most. */
  readonly better?: 'higher' | 'lower'
}

/** A row, with what follows from what was measured. */
export function row({ metric, unit, value, reference, target, better = 'higher', ...given }: Measured): Row {
  const ratio = reference === undefined ? null : (given.ratio ?? value / reference)
  const judged = ratio ?? value
  const ok = target === undefined ? null : better === 'higher' ? judged >= target : judged <= target
  return { metric, unit, value, reference: reference ?? null, ratio, target: target ?? null, ok }
}

/** The middle one, or the mean of the two in the middle. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((one, other) => one - other)
  const middle = sorted.length / 2
  const around = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1)
  return around.reduce((sum, each) => sum + each, 0) / around.length
}
