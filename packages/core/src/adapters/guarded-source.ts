import { classify } from '../errors/classify.ts'
import { MooringError } from '../errors/mooring-error.ts'
import type { Resolution, Revision } from '../model/revision.ts'
import type { Clock } from '../ports/clock.ts'
import type { Snapshot } from '../ports/snapshot.ts'
import type { Source } from '../ports/source.ts'
import { bounded } from './bounded.ts'

/** A source as the engine uses it: every call ends, every error is classified, every answer makes sense. */
export interface GuardedSource {
  readonly resolve: (since: Revision | undefined, signal: AbortSignal) => Promise<Resolution>
  readonly find: (id: string, signal: AbortSignal) => Promise<Revision>
  readonly open: (revision: Revision, signal: AbortSignal) => Promise<Snapshot>
}

/** Generous, because the first answer may hold the first download; sources have tighter limits of their own. */
const resolveTimeoutMs = 600_000
const openTimeoutMs = 600_000

/** Puts the engine's guarantees around a source. */
export function guardedSource(source: Source, clock: Clock): GuardedSource {
  const ask = async <Value>(
    signal: AbortSignal,
    what: string,
    timeoutMs: number,
    run: (signal: AbortSignal) => Promise<Value>,
    valid: (answer: Value) => boolean,
  ): Promise<Value> => {
    const onTimeout = (): MooringError => timedOut(source.name, what, timeoutMs)
    let answer: Value
    try {
      answer = await bounded({ clock, signal, timeoutMs, onTimeout }, run).result
    } catch (thrown) {
      if (signal.aborted) throw signal.reason
      throw classify(thrown, 'SOURCE_FAILED', `Source ${source.name} failed at ${what}`)
    }
    if (valid(answer)) return answer
    throw new MooringError({
      code: 'SOURCE_INVALID_ANSWER',
      kind: 'permanent',
      message: `Source ${source.name} broke its contract at ${what}`,
      hint: 'This is a mistake in the adapter. Run its contract suite, describeSource, from @mooring/core/testing.',
    })
  }
  return {
    resolve: (since, signal) =>
      ask(
        signal,
        'resolve',
        resolveTimeoutMs,
        (inner) => source.resolve({ signal: inner, ...(since && { since }) }),
        (answer) => isText(answer?.revision?.id) && kinds.has(answer.kind),
      ),
    find: (id, signal) =>
      ask(
        signal,
        `find of ${id}`,
        openTimeoutMs,
        (inner) => source.find(id, { signal: inner }),
        (answer) => answer?.id === id,
      ),
    open: (revision, signal) =>
      ask(
        signal,
        `open of ${revision.label ?? revision.id}`,
        openTimeoutMs,
        (inner) => openUnlessLate(source, revision, inner),
        (answer) => isSnapshot(answer) && answer.revision?.id === revision.id,
      ),
  }
}

/** A snapshot that comes when nobody waits for it any more is given back here: nobody else knows of it. */
async function openUnlessLate(source: Source, revision: Revision, signal: AbortSignal): Promise<Snapshot> {
  const snapshot = await source.open(revision, { signal })
  if (signal.aborted) await snapshot?.[Symbol.asyncDispose]?.()
  return snapshot
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

const isSnapshot = (answer: Snapshot): boolean =>
  [answer?.read, answer?.list, answer?.digestOf].every((method) => typeof method === 'function')

const kinds: ReadonlySet<string> = new Set(['same', 'forward', 'diverged'])

const timedOut = (source: string, what: string, timeoutMs: number): MooringError =>
  new MooringError({
    code: 'SOURCE_TIMEOUT',
    kind: 'transient',
    message: `Source ${source} did not answer ${what} within ${timeoutMs} ms`,
    hint: 'See whether it is reachable and not overloaded. What was last read from it stays in force.',
  })
