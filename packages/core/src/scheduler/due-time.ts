import type { Group } from './group.ts'
import type { QueueEntry } from './queue-entry.ts'
import { never, type QueueState } from './queue-state.ts'
import { makeReady, seat } from './standing.ts'
import { leaveTurns } from './turns.ts'

/** Makes ready what has fallen due, and lets groups take turns again whose pause is over. */
export function bringDue(queue: QueueState): void {
  const { delayed, paused } = queue
  if (delayed.size() + paused.size() === 0) return
  const now = queue.clock.monotonic()
  for (let entry = delayed.first(); entry !== undefined && entry.dueAt <= now; entry = delayed.first()) {
    delayed.remove(entry)
    makeReady(queue, entry)
  }
  for (let group = paused.first(); group !== undefined && group.dueAt <= now; group = paused.first()) {
    paused.remove(group)
    group.seat = 'none'
    seat(queue, group)
  }
}

/** Lets an entry that stands nowhere wait for its time. */
export function delay(queue: QueueState, entry: QueueEntry, dueAt: number): void {
  entry.state = 'delayed'
  entry.dueAt = dueAt
  queue.delayed.add(entry)
  setTimer(queue)
}

/** Lets a group whose turn it is wait for its rate. */
export function pause(queue: QueueState, group: Group, waitMs: number): void {
  leaveTurns(queue.turns, group)
  group.seat = 'paused'
  group.dueAt = queue.clock.monotonic() + waitMs
  queue.paused.add(group)
  setTimer(queue)
}

/** Sees to it that the one timer fires when the next thing falls due. One that fires too early sets the next. */
export function setTimer(queue: QueueState): void {
  const { clock, onDue, delayed, paused } = queue
  const dueAt = Math.min(delayed.first()?.dueAt ?? never, paused.first()?.dueAt ?? never, queue.openAt)
  if (onDue === undefined || dueAt >= queue.timerAt) return
  queue.cancelTimer()
  queue.timerAt = dueAt
  // Rounded up: a timer takes whole milliseconds, and one that fires a moment too early would be set over and over.
  queue.cancelTimer = clock.timer(Math.max(0, Math.ceil(dueAt - clock.monotonic())), () => {
    queue.timerAt = never
    queue.openAt = never
    bringDue(queue)
    setTimer(queue)
    onDue()
  })
}

/** Cancels the timer. */
export function clearTimer(queue: QueueState): void {
  queue.cancelTimer()
  queue.timerAt = never
  queue.openAt = never
}
