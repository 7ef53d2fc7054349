import { changeGroup, type Group, joinLevel, leaveLevel } from './group.ts'
import type { QueueEntry } from './queue-entry.ts'
import { capOf, type QueueState } from './queue-state.ts'
import { joinTurns, leaveTurns } from './turns.ts'

/**
 * How long waiting takes to be worth one point of priority, milliseconds. A revision (30) goes ahead of what has waited
 * for its interval (0) for less than five minutes, a person (40) for less than 400 seconds; then it is the other's turn.
 */
export const pointMs = 10_000

/** Makes an entry that stands nowhere ready, behind all of its priority. */
export function makeReady(queue: QueueState, entry: QueueEntry): void {
  const now = millisecondOf(queue)
  entry.state = 'ready'
  entry.dueAt = now
  queue.ready++
  joinLevel(entry.group, entry, rankOf(now, entry.priority))
  seat(queue, entry.group)
}

/** Raises the priority of a ready entry from now on, unless its waiting before is worth more. */
export function raise(queue: QueueState, entry: QueueEntry, priority: number): void {
  const rank = rankOf(millisecondOf(queue), priority)
  if (rank >= entry.rank) return
  leaveLevel(entry.group, entry)
  entry.priority = priority
  joinLevel(entry.group, entry, rank)
}

/** Gives an entry another group. A ready one keeps its rank, so that changing groups loses no waiting. */
export function move(queue: QueueState, entry: QueueEntry, to: Group): void {
  const from = entry.group
  if (entry.state === 'ready') changeGroup(to, entry)
  entry.group = to
  from.members--
  to.members++
  unseat(queue, from)
  seat(queue, to)
}

/** Takes a ready entry out of line. */
export function makeUnready(queue: QueueState, entry: QueueEntry): void {
  leaveLevel(entry.group, entry)
  queue.ready--
  unseat(queue, entry.group)
}

/** Lets a group take turns if it has something that may run. */
export function seat(queue: QueueState, group: Group): void {
  if (group.seat === 'none' && group.ready > 0 && group.running < capOf(queue, group))
    joinTurns(queue.turns, group)
}

/** Takes a group that has nothing ready out of the turns. */
function unseat(queue: QueueState, group: Group): void {
  if (group.ready > 0) return
  if (group.seat === 'turns') leaveTurns(queue.turns, group)
  if (group.seat === 'paused') queue.paused.remove(group)
  group.seat = 'none'
}

/** Whole, because a field that holds a whole number needs no memory besides: there is one entry per name. */
const millisecondOf = (queue: QueueState): number => Math.floor(queue.clock.monotonic())

const rankOf = (readyAt: number, priority: number): number => readyAt - priority * pointMs
