import { applyDelta, deltaSizes } from './delta.ts'
import { idOf, type ObjectType } from './object-format.ts'
import { damagedPack, overLimit } from './pack-refusals.ts'
import type { PackSink, ReadPackOptions } from './read-pack.ts'

/** Puts the entries of one pack together: changes find what they change, whichever comes first. */
export interface DeltaTangle {
  /** A whole object, which began at this place of the pack. A promise when there is something to wait for. */
  readonly found: (at: number, type: ObjectType, content: Buffer) => Promise<void> | undefined
  /** An object that was too large to be kept. Changes to it are left out. */
  readonly tooLarge: (at: number, id: string, type: ObjectType, bytes: number) => Promise<void>
  /** A change to the entry that began at a place, or to the object of an id. `spend` is told what it makes. */
  readonly change: (
    at: number,
    base: number | string,
    delta: Buffer,
    spend: (bytes: number) => void,
  ) => Promise<void>
  /** Entries of which the object is known, and entries that are left out. The rest change what never came. */
  readonly counts: () => { readonly resolved: number; readonly leftOut: number }
}

/** An object by its id, or an entry by its place. */
type Key = string | number

interface Learnt {
  readonly id: string
  readonly wait: Promise<void> | undefined
}

interface Change {
  readonly at: number
  readonly delta: Buffer
  readonly spend: (bytes: number) => void
}

/** What waits for its base is kept in memory. Git writes a base before what changes it, so there is hardly ever any. */
const maxPendingBytes = 64 * 1024 * 1024

/**
 * Begins with nothing. A change never waits for a place: places lie before. It may wait for an id, also for its own or in
 * a circle, and then it is never resolved.
 */
export function deltaTangle(
  sink: PackSink,
  { format, limits, from, breathe }: ReadPackOptions & { readonly breathe: () => Promise<void> | undefined },
): DeltaTangle {
  /** Where entries began, and what they are. Undefined: left out. */
  const places = new Map<number, string | undefined>()
  const depths = new Map<string, number>()
  const tooLarge = new Set<string>()
  const pending = new Map<Key, Change[]>()
  /** Places of entries that wait or waited. */
  const isWaiting = new Set<number>()
  let pendingBytes = 0
  let resolved = 0
  let leftOut = 0

  const learn = (at: number, type: ObjectType, content: Buffer): Learnt => {
    const id = idOf(format, type, content)
    resolved++
    places.set(at, id)
    return { id, wait: sink.add(id, type, content) }
  }

  const leaveOut = (at: number): undefined => {
    leftOut++
    places.set(at, undefined)
  }

  /** Gives the id of what it makes; undefined when that is left out. */
  const apply = async ({ at, delta, spend }: Change, baseId: string): Promise<string | undefined> => {
    const sizes = deltaSizes(delta)
    if (sizes === undefined) throw damagedPack(from, 'a change that cannot be read')
    if (tooLarge.has(baseId)) return leaveOut(at)
    const depth = (depths.get(baseId) ?? 0) + 1
    if (depth > limits.maxDeltaDepth) throw overLimit('depth', limits.maxDeltaDepth, from)
    const coming = sink.get(baseId)
    const base = coming instanceof Promise ? await coming : coming
    if (sizes.result > limits.maxObjectBytes) {
      if (base.type !== 'blob') throw overLimit('object', limits.maxObjectBytes, from)
      return leaveOut(at)
    }
    spend(sizes.result)
    const content = applyDelta(base.content, delta)
    if (content === undefined) throw damagedPack(from, 'a change that does not fit what it changes')
    const { id, wait } = learn(at, base.type, content)
    if (wait !== undefined) await wait
    depths.set(id, depth)
    return id
  }

  /** Everything that waited for an object or for the entry of a place, and what waited for that. */
  const settle = async (key: Key): Promise<void> => {
    const line = [key]
    for (const next of pending.size > 0 ? line : []) {
      const waiting = pending.get(next) ?? []
      pending.delete(next)
      const baseId = typeof next === 'number' ? places.get(next) : next
      for (const change of waiting) {
        await breathe()
        pendingBytes -= change.delta.length
        const made = baseId === undefined ? leaveOut(change.at) : await apply(change, baseId)
        if (made !== undefined) line.push(made)
        line.push(change.at)
      }
    }
  }

  const wait = (key: Key, change: Change): void => {
    pendingBytes += change.delta.length
    if (pendingBytes > maxPendingBytes) throw damagedPack(from, 'changes to what does not come')
    isWaiting.add(change.at)
    const waiting = pending.get(key)
    if (waiting === undefined) pending.set(key, [change])
    else waiting.push(change)
  }

  return {
    found: (at, type, content) => {
      const { id, wait } = learn(at, type, content)
      if (pending.size === 0) return wait
      return Promise.resolve(wait).then(() => settle(id))
    },

    tooLarge: async (at, id, type, bytes) => {
      resolved++
      places.set(at, id)
      tooLarge.add(id)
      sink.note(id, type, bytes)
      await settle(id)
    },

    change: async (at, base, delta, spend) => {
      const change = { at, delta, spend }
      if (typeof base === 'number' && !places.has(base)) {
        if (!isWaiting.has(base)) throw damagedPack(from, 'a change to a place where nothing begins')
        return wait(base, change)
      }
      const baseId = typeof base === 'number' ? places.get(base) : base
      if (baseId === undefined) return leaveOut(at)
      if (!tooLarge.has(baseId) && !sink.has(baseId)) return wait(baseId, change)
      const made = await apply(change, baseId)
      if (made !== undefined && pending.size > 0) await settle(made)
    },

    counts: () => ({ resolved, leftOut }),
  }
}
