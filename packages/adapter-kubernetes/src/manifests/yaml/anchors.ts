import type { Json } from '@mooring/core'
import { limits } from '../limits.ts'

/** The anchors of one document while it is read from front to back. */
export interface Anchors {
  /** An anchored value begins; until it ends an alias to it would be inside of what it names. */
  readonly begin: (anchor: string) => void
  readonly end: (anchor: string, value: Json) => void
  /**
   * A copy of what an alias stands for at this depth: the last value of that anchor before it. Throws
   * {@link TooMuch} when aliases stand for more, or deeper nested, values than a manifest has use for.
   */
  readonly copyOf: (anchor: string, depth: number) => { readonly value: Json } | { readonly says: string }
}

/** Aliases stand for too much. Its message completes "found". */
export class TooMuch extends Error {}

/** The anchors of a document that has not begun. */
export function anchors(): Anchors {
  const known = new Map<string, Json | typeof open>()
  let spent = 0

  const spend = (units: number): void => {
    spent += units
    if (spent > limits.aliasedValues) {
      throw new TooMuch(`aliases that stand for more than ${limits.aliasedValues} values`)
    }
  }
  const copy = (value: Json, depth: number): Json => {
    if (depth > limits.depth) throw new TooMuch(`aliases nested more than ${limits.depth} levels deep`)
    spend(typeof value === 'string' ? unitsOf(value) : 1)
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map((item: Json) => copy(item, depth + 1))
    const fields = Object.entries(value).map(([name, field]) => {
      spend(unitsOf(name))
      return [name, copy(field, depth + 1)] as const
    })
    return Object.fromEntries(fields)
  }

  return {
    begin: (anchor) => void known.set(anchor, open),
    end: (anchor, value) => void known.set(anchor, value),
    copyOf(anchor, depth) {
      const value = known.get(anchor)
      if (value === undefined) return { says: 'an alias for which there is no anchor before it' }
      return value === open
        ? { says: 'an alias inside of the value that it stands for' }
        : { value: copy(value, depth) }
    },
  }
}

const open = Symbol('an anchored value that has not ended')

/** A long text counts as many values, because every alias to it is written out in the end. */
const unitsOf = (text: string): number => 1 + Math.floor(text.length / 100)
