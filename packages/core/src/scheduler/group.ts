import type { Due } from './due-heap.ts'
import type { QueueEntry } from './queue-entry.ts'

/**
 * Names that share workers. Its ready names stand in one first-in, first-out list per priority, so joining and leaving
 * cost nothing that grows with the line; choosing the next one costs as much as there are different priorities in it.
 */
export interface Group extends Due {
  readonly name: string
  readonly levels: Level[]
  /** Entries that name this group. */
  members: number
  ready: number
  running: number
  /** Whether it takes turns, waits for a rate limit, or has nothing it may run. */
  seat: 'turns' | 'paused' | 'none'
  before: Group
  after: Group
}

/** The ready names of one group and priority, the lowest rank first. */
export interface Level {
  readonly priority: number
  first: QueueEntry | undefined
  last: QueueEntry | undefined
}

/** Levels without names that are kept for the next one. More are dropped: priorities may be any numbers. */
const sparesKept = 8

/** A group without names. */
export function group(name: string): Group {
  const made = { name, levels: [], members: 0, ready: 0, running: 0, seat: 'none', dueAt: 0, place: -1 }
  const linked = made as unknown as Group
  linked.before = linked
  linked.after = linked
  return linked
}

/** Puts an entry in line behind all of its priority. No rank there may be higher than this one. */
export function joinLevel(to: Group, entry: QueueEntry, rank: number): void {
  const level = levelOf(to, entry.priority)
  entry.rank = rank
  link(level, entry, level.last)
  to.ready++
}

/** Brings an entry that is in line in one group to the same place in another. Costs as much as stands behind it. */
export function changeGroup(to: Group, entry: QueueEntry): void {
  const level = levelOf(to, entry.priority)
  leaveLevel(entry.group, entry)
  let before = level.last
  while (before !== undefined && before.rank > entry.rank) before = before.before
  link(level, entry, before)
  to.ready++
}

/** The entry of a group whose turn it is: the lowest rank, and of equal ones the higher priority. Stays in line. */
export function foremost(of: Group): QueueEntry {
  let best: QueueEntry | undefined
  for (const { first } of of.levels) {
    if (first !== undefined && (best === undefined || isBefore(first, best))) best = first
  }
  return best as QueueEntry
}

/** Takes an entry out of line. */
export function leaveLevel(from: Group, entry: QueueEntry): void {
  const { before, after } = entry
  const level = levelOf(from, entry.priority)
  if (before === undefined) level.first = after
  else before.after = after
  if (after === undefined) level.last = before
  else after.before = before
  entry.before = undefined
  entry.after = undefined
  from.ready--
  if (level.first === undefined && from.levels.length > sparesKept) {
    from.levels.splice(from.levels.indexOf(level), 1)
  }
}

function levelOf({ levels }: Group, priority: number): Level {
  for (const level of levels) if (level.priority === priority) return level
  const made: Level = { priority, first: undefined, last: undefined }
  levels.push(made)
  return made
}

function link(level: Level, entry: QueueEntry, before: QueueEntry | undefined): void {
  const after = before === undefined ? level.first : before.after
  entry.before = before
  entry.after = after
  if (before === undefined) level.first = entry
  else before.after = entry
  if (after === undefined) level.last = entry
  else after.before = entry
}

const isBefore = (one: QueueEntry, other: QueueEntry): boolean =>
  one.rank < other.rank || (one.rank === other.rank && one.priority > other.priority)
