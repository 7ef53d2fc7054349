import type { RecordedEntry } from '../model/history.ts'
import type { Pin } from '../model/pin.ts'
import type { Plan } from '../model/plan.ts'
import type { ApplicationHead } from '../model/state.ts'

/** What a rollback is told that renders something else today than what ran then. Pure. */
export function notesOnRollback(pin: Pin | undefined, plan: Plan): readonly string[] {
  const then = pin?.desiredDigest
  // What waits to be understood shows later what it asks for.
  if (then === undefined || then === plan.desiredDigest || plan.waiting.length > 0) return []
  const note = rollbackDiffers(pin?.revision.label ?? plan.revision.id)
  return [`${note.code}: ${note.message} (${note.hint})`]
}

const rollbackDiffers = (revision: string) =>
  ({
    code: 'ROLLBACK_DIFFERS',
    message: `what ${revision} is rendered to today is not what ran then`,
    hint: 'its definition, its renderer or what that asks the target has changed since',
  }) as const

/** A revision somebody chose to go back to. */
export interface Chosen {
  readonly id: string
  /** What it asked for when it ran, where the history tells. */
  readonly desiredDigest?: string
}

/** What was found for a name that somebody gave. */
export type Choice =
  | { readonly kind: 'chosen'; readonly chosen: Chosen }
  /** Stands for several revisions, newest first. */
  | { readonly kind: 'ambiguous'; readonly ids: readonly string[] }
  | { readonly kind: 'unknown' }

/**
 * The revision that a text or a place in the history means: an id, its label, or the beginning of an id from 4 characters
 * on. `history` is newest first. Pure.
 */
export function chooseRevision(
  to: string | { readonly place: string },
  history: readonly RecordedEntry[],
): Choice {
  if (typeof to !== 'string') {
    const id = history.find(({ place }) => place === to.place)?.to
    return id === undefined ? { kind: 'unknown' } : chosen(id, history)
  }
  const ids = [...new Set(history.flatMap((entry) => [entry.to, ...(entry.from ? [entry.from] : [])]))]
  if (ids.includes(to)) return chosen(to, history)
  const labelled = history.filter(({ revision }) => revision?.label === to).map((entry) => entry.to)
  const begin = to.length < shortest ? [] : ids.filter((id) => id.startsWith(to))
  const found = [...new Set([...labelled, ...begin])]
  const [only] = found
  if (found.length > 1) return { kind: 'ambiguous', ids: found }
  return only === undefined ? { kind: 'unknown' } : chosen(only, history)
}

/** As short as Git itself allows. */
const shortest = 4

/**
 * The revision before: the last one that was brought about completely and asked for something else than what is, or is
 * being brought about, now. Before a pinned revision is what ran before that one first ran. Pure.
 *
 * @param refused A commit that nobody could render says nothing about what runs: then the one that does is meant.
 */
export function previousRevision(
  history: readonly RecordedEntry[],
  head: ApplicationHead,
  refused: boolean,
): Choice {
  const digest = refused ? undefined : (head.operation ?? head.settled)?.desiredDigest
  const isNow = ({ desiredDigest }: RecordedEntry): boolean =>
    digest !== undefined && desiredDigest === digest
  // Another definition may make something else of the same revision: that is no other revision.
  const now = head.operation?.revision.id ?? history.find(isNow)?.to
  const before = head.pin === undefined ? history : beforeFirst(head.pin.revision.id, history)
  const entry = before.find(
    (one) =>
      one.outcome === 'synced' &&
      one.desiredDigest !== undefined &&
      !isNow(one) &&
      (refused || one.to !== now),
  )
  return entry === undefined ? { kind: 'unknown' } : chosen(entry.to, history)
}

/** What is older than the entry that brought a revision about without a rollback. */
function beforeFirst(id: string, history: readonly RecordedEntry[]): readonly RecordedEntry[] {
  const at = history.findIndex(
    ({ to, cause, outcome }) => to === id && outcome === 'synced' && cause !== 'rollback',
  )
  return history.slice(at + 1)
}

function chosen(id: string, history: readonly RecordedEntry[]): Choice {
  const ran = history.filter((entry) => entry.to === id && entry.desiredDigest !== undefined)
  const digest = (ran.find(({ outcome }) => outcome === 'synced') ?? ran[0])?.desiredDigest
  return { kind: 'chosen', chosen: { id, ...(digest !== undefined && { desiredDigest: digest }) } }
}
