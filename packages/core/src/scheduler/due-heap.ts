/** What a heap holds: due at a time, and knowing its place, so that it can be moved and taken out without a search. */
export interface Due {
  /** On the monotonic clock, milliseconds. */
  dueAt: number
  /** Kept by the heap: where this one stands, or -1. */
  place: number
}

/** What is due, the earliest first. Holds each at most once, so it is never larger than what it is about. */
export interface DueHeap<T extends Due> {
  readonly size: () => number
  /** The earliest, left where it is. */
  readonly first: () => T | undefined
  /** Takes one in that is not in yet. */
  readonly add: (item: T) => void
  /** Takes one out. One that is not in stays out. */
  readonly remove: (item: T) => void
  /** Makes one that is in due earlier. */
  readonly advance: (item: T, dueAt: number) => void
}

/** An empty heap. Adding, moving and removing cost the logarithm of its size. */
export function dueHeap<T extends Due>(): DueHeap<T> {
  const items: T[] = []
  return {
    size: () => items.length,
    first: () => items[0],
    add: (item) => {
      items.push(item)
      rise(items, item, items.length - 1)
    },
    remove: (item) => {
      const { place } = item
      if (place < 0) return
      item.place = -1
      const last = items.pop() as T
      if (last === item) return
      // The last one may belong further up or further down than where the hole is.
      rise(items, last, place)
      sink(items, last, last.place)
    },
    advance: (item, dueAt) => {
      item.dueAt = dueAt
      rise(items, item, item.place)
    },
  }
}

function rise<T extends Due>(items: T[], item: T, from: number): void {
  let place = from
  while (place > 0) {
    const above = (place - 1) >>> 1
    const parent = items[above] as T
    if (parent.dueAt <= item.dueAt) break
    put(items, parent, place)
    place = above
  }
  put(items, item, place)
}

function sink<T extends Due>(items: T[], item: T, from: number): void {
  let place = from
  for (let below = 2 * place + 1; below < items.length; below = 2 * place + 1) {
    const left = items[below] as T
    const right = items[below + 1]
    const isRight = right !== undefined && right.dueAt < left.dueAt
    const child = isRight ? right : left
    if (child.dueAt >= item.dueAt) break
    put(items, child, place)
    place = isRight ? below + 1 : below
  }
  put(items, item, place)
}

function put<T extends Due>(items: T[], item: T, place: number): void {
  items[place] = item
  item.place = place
}
