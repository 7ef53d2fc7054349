import type { Due } from './due-heap.ts'
import type { Group } from './group.ts'

/**
 * One name and where it stands. There is one entry per name and it is never copied: adding a name again changes fields
 * and allocates nothing. `dueAt` is when it becomes ready, or became so.
 */
export interface QueueEntry extends Due {
  readonly name: string
  /**
   * - `idle`: not in line, and kept only because names tend to come again.
   * - `again`: running, and added since, so that it goes in line again at `dueAt`.
   */
  state: 'idle' | 'delayed' | 'ready' | 'running' | 'again'
  /** Where it stands in line, or will stand when it is in line again. */
  group: Group
  /** The highest asked for since it last started. While ready, the one that its rank comes from. */
  priority: number
  /** Whose cap it counts against while it runs. */
  runsIn: Group
  /** The place in line: the lowest goes first. Meaningful while ready, like those that follow. */
  rank: number
  before: QueueEntry | undefined
  after: QueueEntry | undefined
}

/** An idle entry. */
export function queueEntry(name: string, group: Group): QueueEntry {
  return {
    name,
    state: 'idle',
    group,
    priority: 0,
    runsIn: group,
    rank: 0,
    dueAt: 0,
    place: -1,
    before: undefined,
    after: undefined,
  }
}
