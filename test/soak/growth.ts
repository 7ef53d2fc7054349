/** What a process holds at one moment. */
export interface Sample {
  readonly heapMb: number
  /** Everything that keeps the event loop going, timers aside. */
  readonly handles: number
  readonly timers: number
  readonly listeners: number
  readonly children: number
}

/** Of each figure: at the beginning, at the end, and how much the end may be. */
export interface Growth {
  readonly figure: keyof Sample
  readonly first: number
  readonly last: number
  readonly allowed: number
  readonly grew: boolean
}

/** How far each figure may be above where it was: what a full cache and a slow moment are worth, and no more. */
const slack: Readonly<Record<keyof Sample, (first: number) => number>> = {
  heapMb: (first) => first * 1.25 + 8,
  handles: (first) => first + 8,
  timers: (first) => first + 16,
  listeners: (first) => first + 8,
  children: (first) => first,
}

/**
 * Compares the second quarter of the samples with the last one: the first is for warming up. Medians, so that one moment says
 * nothing. Pure.
 */
export function growthOf(samples: readonly Sample[]): readonly Growth[] {
  const quarter = Math.max(1, Math.floor(samples.length / 4))
  const early = samples.slice(quarter, 2 * quarter)
  const late = samples.slice(-quarter)
  return (Object.keys(slack) as (keyof Sample)[]).map((figure) => {
    const first = median((early.length > 0 ? early : samples).map((sample) => sample[figure]))
    const last = median(late.map((sample) => sample[figure]))
    const allowed = slack[figure](first)
    return { figure, first, last, allowed, grew: last > allowed }
  })
}

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
