import type { Group } from './group.ts'

/** The groups that may run something, in a ring: who was served goes behind all others. */
export interface Turns {
  /** Whose turn it is. */
  first: Group | undefined
}

/** Seats a group behind all others. */
export function joinTurns(turns: Turns, group: Group): void {
  const { first } = turns
  group.seat = 'turns'
  if (first === undefined) {
    group.before = group
    group.after = group
    turns.first = group
    return
  }
  group.before = first.before
  group.after = first
  first.before.after = group
  first.before = group
}

/** Takes a group out of the ring. */
export function leaveTurns(turns: Turns, group: Group): void {
  group.seat = 'none'
  if (turns.first === group) turns.first = group.after === group ? undefined : group.after
  group.before.after = group.after
  group.after.before = group.before
  group.before = group
  group.after = group
}
