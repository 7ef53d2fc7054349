import type { SchedulerFigures, Scheduling } from '../ports/scheduler.ts'
import { bringDue, clearTimer, delay, pause, setTimer } from './due-time.ts'
import { foremost, type Group, leaveLevel } from './group.ts'
import { type QueueEntry, queueEntry } from './queue-entry.ts'
import { capOf, type KeyedQueueOptions, type QueueState, queueState, rest } from './queue-state.ts'
import { makeReady, makeUnready, move, raise, seat } from './standing.ts'
import { leaveTurns } from './turns.ts'

/**
 * Names in line, in memory and without concurrency: everything happens inside the call.
 *
 * Of a name there is one entry, whatever is added, so the queue is bounded by the number of names.
 *
 * Groups that may run something take turns. In a group the name with the lowest *rank* goes first: the time at which it
 * became ready, less `pointMs` for each point of priority. So waiting raises priority without anything having to be
 * moved. A priority that is raised later counts from then on, unless the waiting before was worth more.
 */
export interface KeyedQueue {
  /** Puts a name in line. The last group named is the one it stands in. */
  readonly add: (name: string, scheduling?: Scheduling) => void
  /** The next name that may run. Undefined if there is none, or caps and limits hold all of them back. */
  readonly take: () => Taken | undefined
  /** Call once for each one taken. If its name was added in the meantime, it is in line again. */
  readonly done: (taken: Taken) => void
  /** Forgets a name that is not running. A running one is not run again. */
  readonly remove: (name: string) => void
  /** Removes every name. */
  readonly clear: () => void
  /** Milliseconds until a name may run, 0 for now; undefined when it is not in line. Caps and limits are not counted. */
  readonly dueIn: (name: string) => number | undefined
  /** Looks at every name. */
  readonly figures: () => SchedulerFigures
  /** Calls when time alone has made a `take` worthwhile. At most one timer is set at a time. */
  readonly watch: (onDue: () => void) => void
  /** Ends `watch`, and its timer. What falls due is then found by the next `take`. */
  readonly unwatch: () => void
}

/** One name that was handed out. */
export interface Taken {
  readonly name: string
}

/** An empty queue. */
export const keyedQueue = (options: KeyedQueueOptions): KeyedQueue => queueOf(queueState(options))

/** A queue on a state of the caller's. */
export function queueOf(queue: QueueState): KeyedQueue {
  return {
    add: (name, scheduling = unremarkable) => add(queue, name, scheduling),
    take: () => take(queue),
    done: (taken) => done(queue, taken as QueueEntry),
    remove: (name) => remove(queue, name),
    clear: () => {
      for (const name of [...queue.entries.keys()]) remove(queue, name)
    },
    dueIn: (name) => dueIn(queue, name),
    figures: () => figures(queue),
    watch: (onDue) => {
      queue.onDue = onDue
      setTimer(queue)
    },
    unwatch: () => {
      queue.onDue = undefined
      clearTimer(queue)
    },
  }
}

const unremarkable: Scheduling = {}

function add(queue: QueueState, name: string, scheduling: Scheduling): void {
  const entry = queue.entries.get(name) ?? newEntry(queue, name, scheduling)
  const { group } = scheduling
  if (group !== undefined && group !== entry.group.name) move(queue, entry, queue.groups.of(group))
  const priority = priorityOf(scheduling)
  switch (entry.state) {
    case 'ready':
      if (priority > entry.priority) raise(queue, entry, priority)
      break
    case 'idle':
      enter(queue, entry, scheduling)
      break
    case 'delayed':
      if (priority > entry.priority) entry.priority = priority
      hurry(queue, entry, scheduling)
      break
    case 'running':
      entry.state = 'again'
      entry.priority = priority
      entry.dueAt = dueAtOf(queue, scheduling)
      break
    case 'again':
      if (priority > entry.priority) entry.priority = priority
      entry.dueAt = Math.min(entry.dueAt, dueAtOf(queue, scheduling))
      break
    default:
      entry.state satisfies never
  }
}

function newEntry(queue: QueueState, name: string, { group = '' }: Scheduling): QueueEntry {
  const entry = queueEntry(name, queue.groups.of(group))
  entry.group.members++
  queue.entries.set(name, entry)
  queue.idle++
  return entry
}

function enter(queue: QueueState, entry: QueueEntry, scheduling: Scheduling): void {
  // An idle name is a stranger: what it was before does not count, but to save the work of remembering it anew.
  if (scheduling.group === undefined && entry.group.name !== '') move(queue, entry, queue.groups.of(''))
  entry.priority = priorityOf(scheduling)
  queue.idle--
  if (isDelayed(scheduling)) delay(queue, entry, dueAtOf(queue, scheduling))
  else makeReady(queue, entry)
}

/** Brings a delayed entry forward, if this is earlier. */
function hurry(queue: QueueState, entry: QueueEntry, scheduling: Scheduling): void {
  if (!isDelayed(scheduling)) {
    queue.delayed.remove(entry)
    makeReady(queue, entry)
    return
  }
  const dueAt = dueAtOf(queue, scheduling)
  if (dueAt >= entry.dueAt) return
  queue.delayed.advance(entry, dueAt)
  setTimer(queue)
}

function take(queue: QueueState): Taken | undefined {
  const { limits, turns } = queue
  bringDue(queue)
  if (turns.first === undefined) return undefined
  const waitMs = limits === undefined ? 0 : limits.globalWaitMs()
  if (waitMs > 0) {
    queue.openAt = queue.clock.monotonic() + waitMs
    setTimer(queue)
    return undefined
  }
  for (let group: Group | undefined = turns.first; group !== undefined; group = turns.first) {
    const groupWaitMs = limits === undefined ? 0 : limits.groupWaitMs(group.name)
    if (groupWaitMs <= 0) return handOut(queue, group)
    pause(queue, group, groupWaitMs)
  }
  return undefined
}

function handOut(queue: QueueState, group: Group): QueueEntry {
  const entry = foremost(group)
  leaveLevel(group, entry)
  entry.state = 'running'
  entry.runsIn = group
  group.running++
  queue.ready--
  queue.running++
  if (group.ready === 0 || group.running >= capOf(queue, group)) leaveTurns(queue.turns, group)
  else queue.turns.first = group.after
  queue.limits?.taken(group.name)
  return entry
}

function done(queue: QueueState, entry: QueueEntry): void {
  if (entry.state !== 'running' && entry.state !== 'again') return
  entry.runsIn.running--
  queue.running--
  if (entry.state === 'running') rest(queue, entry)
  else if (entry.dueAt <= queue.clock.monotonic()) makeReady(queue, entry)
  else delay(queue, entry, entry.dueAt)
  seat(queue, entry.runsIn)
}

function remove(queue: QueueState, name: string): void {
  const entry = queue.entries.get(name)
  if (entry === undefined) return
  switch (entry.state) {
    case 'delayed':
      queue.delayed.remove(entry)
      rest(queue, entry)
      break
    case 'ready':
      makeUnready(queue, entry)
      rest(queue, entry)
      break
    case 'again':
      entry.state = 'running'
      break
    case 'idle':
    case 'running':
      break
    default:
      entry.state satisfies never
  }
}

function dueIn(queue: QueueState, name: string): number | undefined {
  const entry = queue.entries.get(name)
  if (entry === undefined || entry.state === 'idle' || entry.state === 'running') return undefined
  return entry.state === 'ready' ? 0 : Math.max(0, entry.dueAt - queue.clock.monotonic())
}

function figures(queue: QueueState): SchedulerFigures {
  const now = queue.clock.monotonic()
  bringDue(queue)
  let oldest = now
  for (const { state, dueAt } of queue.entries.values()) {
    if (state === 'ready' && dueAt < oldest) oldest = dueAt
  }
  return {
    ready: queue.ready,
    delayed: queue.delayed.size(),
    running: queue.running,
    oldestReadyMs: now - oldest,
  }
}

const isDelayed = ({ afterMs }: Scheduling): boolean => afterMs !== undefined && afterMs > 0

/** In whole milliseconds, as all times of entries, and never earlier than asked. */
function dueAtOf(queue: QueueState, { afterMs }: Scheduling): number {
  const now = queue.clock.monotonic()
  return afterMs !== undefined && afterMs > 0 ? Math.ceil(now + afterMs) : Math.floor(now)
}

/** What is not a number would have no place in any order. */
const priorityOf = ({ priority }: Scheduling): number =>
  priority === undefined || Number.isNaN(priority) ? 0 : priority
