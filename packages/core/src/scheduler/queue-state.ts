import type { Clock } from '../ports/clock.ts'
import { type DueHeap, dueHeap } from './due-heap.ts'
import { type Group, group } from './group.ts'
import type { Limits } from './limits.ts'
import type { QueueEntry } from './queue-entry.ts'
import { type SweptMap, sweptMap } from './swept-map.ts'
import type { Turns } from './turns.ts'

/** Everything a keyed queue remembers. */
export interface QueueState {
  readonly clock: Clock
  readonly groupCap: number
  readonly loneCap: number
  readonly limits: Limits | undefined
  /** Names in line or running, and idle ones, of which there are few, or at most seven times as many. */
  entries: Map<string, QueueEntry>
  idle: number
  readonly groups: SweptMap<Group>
  readonly turns: Turns
  readonly delayed: DueHeap<QueueEntry>
  /** Groups that a rate limit holds back. */
  readonly paused: DueHeap<Group>
  ready: number
  running: number
  /** When the global limit, having held something back, may let it go. */
  openAt: number
  onDue: (() => void) | undefined
  /** When the one timer fires. */
  timerAt: number
  cancelTimer: () => void
}

/** What a queue is made of. */
export interface KeyedQueueOptions {
  readonly clock: Clock
  /** Most names of one group that may run at once beside others that could use the rest. */
  readonly groupCap: number
  /** Most of a group that there is nothing beside. What others could use comes off it, down to `groupCap`. Default that. */
  readonly loneCap?: number
  /** Default none. */
  readonly limits?: Limits
}

/** The state of a queue without names. */
export function queueState({ clock, groupCap, loneCap = groupCap, limits }: KeyedQueueOptions): QueueState {
  return {
    clock,
    groupCap,
    loneCap,
    limits,
    entries: new Map(),
    idle: 0,
    groups: sweptMap(group, (each) => each.members + each.running === 0),
    turns: { first: undefined },
    delayed: dueHeap(),
    paused: dueHeap(),
    ready: 0,
    running: 0,
    openAt: never,
    onDue: undefined,
    timerAt: never,
    cancelTimer: () => {},
  }
}

/** How many names of a group may run at once: a cap is for the sake of others, so it leaves them no more than they are. */
export const capOf = ({ entries, loneCap, groupCap }: QueueState, { members }: Group): number =>
  Math.max(groupCap, loneCap - (entries.size - members))

/** A time that does not come. */
export const never: number = Number.POSITIVE_INFINITY

/** Idle entries that are kept whatever there is besides. */
const fewIdle = 1024

/** For each entry that is in line or running, this many idle ones are kept. */
const idlePerBusy = 7

/**
 * Makes an entry idle, which costs less than to forget it and, if it comes again, to make another. Forgets all that are
 * idle when they are many: those that are not are few then, so the map is made anew from them.
 */
export function rest(queue: QueueState, entry: QueueEntry): void {
  entry.state = 'idle'
  queue.idle++
  if (queue.idle <= fewIdle || queue.idle <= idlePerBusy * (queue.entries.size - queue.idle)) return
  const busy = new Map<string, QueueEntry>()
  for (const each of queue.entries.values()) {
    if (each.state === 'idle') each.group.members--
    else busy.set(each.name, each)
  }
  queue.entries = busy
  queue.idle = 0
}
