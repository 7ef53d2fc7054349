/** Things made when first asked for, and forgotten again when there are many and they are idle. */
export interface SweptMap<T> {
  readonly get: (name: string) => T | undefined
  /** The one of this name, made if need be. */
  readonly of: (name: string) => T
  readonly size: () => number
}

/** Below this many nobody asks whether some can go. */
const few = 64

/** An empty map. It holds at most 64, or twice as many as were not idle at the last sweep, so a sweep costs nothing much. */
export function sweptMap<T>(make: (name: string) => T, isIdle: (item: T) => boolean): SweptMap<T> {
  const items = new Map<string, T>()
  let sweepAt = few
  const sweep = (): void => {
    for (const [name, item] of items) if (isIdle(item)) items.delete(name)
    sweepAt = Math.max(few, 2 * items.size)
  }
  return {
    get: (name) => items.get(name),
    of: (name) => {
      const known = items.get(name)
      if (known !== undefined) return known
      if (items.size >= sweepAt) sweep()
      const made = make(name)
      items.set(name, made)
      return made
    },
    size: () => items.size,
  }
}
