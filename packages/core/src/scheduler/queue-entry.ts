import type { Due } from './due-heap.ts'
import type { Group, Level } from './group.ts'

/**
 * One name in line, or running. There is one entry per name and it is never copied: adding a name again changes
 * fields and allocates nothing.
 */
export interface QueueEntry extends Due {
  readonly name: string
  state: 'delayed' | 'ready' | 'running'
  /** Where it stands in line, or will stand if it is added again while it runs. */
  group: Group
  /** Whose cap it counts against while it runs. */
  runsIn: Group
  /** The highest asked for since it last started. */
  priority: number
  /** Added while it ran, so it goes in line again, at `dueAt`. */
  again: boolean
  /** Since when it could have run. Meaningful while ready. */
  readySince: number
  /** The place in line: the lowest goes first. Meaningful while ready. */
  rank: number
  level: Level | undefined
  before: QueueEntry | undefined
  after: QueueEntry | undefined
}

/** An entry that stands nowhere yet. */
export function queueEntry(name: string, group: Group, priority: number): QueueEntry {
  return {
    name,
    state: 'delayed',
    group,
    runsIn: group,
    priority,
    again: false,
    dueAt: 0,
    place: -1,
    readySince: 0,
    rank: 0,
    level: undefined,
    before: undefined,
    after: undefined,
  }
}
