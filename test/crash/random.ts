/** Chance that comes out the same for the same seed. */
export interface Random {
  /** A whole number from 0 to before this. */
  readonly below: (end: number) => number
  readonly pick: <Value>(values: readonly Value[]) => Value
}

/** Chance from a seed: mulberry32. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  const below = (end: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end)
  }
  return {
    below,
    pick: (values) => {
      const value = values[below(values.length)]
      if (value === undefined) throw new RangeError('Expected something to pick from')
      return value
    },
  }
}
