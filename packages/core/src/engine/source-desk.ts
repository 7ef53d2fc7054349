import { unlessAborted } from '../adapter-parts/unless-aborted.ts'
import { guardedSource } from '../adapters/guarded-source.ts'
import { classify, summariseError } from '../errors/classify.ts'
import { MooringError } from '../errors/mooring-error.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { Resolution, Revision } from '../model/revision.ts'
import type { Clock } from '../ports/clock.ts'
import type { Snapshot } from '../ports/snapshot.ts'
import type { Source } from '../ports/source.ts'

/** How often a source is asked when it does not say. */
const defaultPollMs = 60_000
/** Snapshots kept open beside those in use: what runs now, and what ran before. */
const keptOpen = 2

/** One source, asked once however many applications read it. */
export interface SourceDesk {
  readonly source: Source
  readonly pollMs: number
  /** Asks the source, with a question that begins after this call; calls at the same time share it. Throws what it threw. */
  readonly poll: (signal: AbortSignal, onQuestion?: () => void) => Promise<void>
  /** The revision the source gave last. Throws the reason why there is none. */
  readonly revision: () => Revision
  readonly hasRevision: () => boolean
  /** Why the last poll failed; undefined after one that did not. */
  readonly failure: () => MooringError | undefined
  /** A recorded revision again. Throws `REVISION_GONE` and what the source throws. */
  readonly find: (id: string, signal: AbortSignal) => Promise<Revision>
  /** Lends a snapshot. Applications at the same revision share one. */
  readonly open: (revision: Revision, signal: AbortSignal) => Promise<Snapshot>
  /** The desks of the sources it is made of; none for most. */
  readonly parts: readonly SourceDesk[]
  /** One of its parts has another revision. Nothing to do before each of them has one. */
  readonly partMoved: () => void
  /** Gives back the snapshots that are kept open. */
  readonly close: () => Promise<void>
}

/** What a source desk needs. */
export interface SourceDeskDeps {
  readonly clock: Clock
  readonly bus: EventBus
  /** Hears of every other revision, whoever asked. */
  readonly onRevision: () => void
  /** It failed before it had any: what does not depend on its answer need not wait for one. Default: nobody does. */
  readonly onFirstFailure?: () => void
  /** The desks of `source.mounts`, in their order. */
  readonly parts: readonly SourceDesk[]
}

/** The desk of a source. One that is made of several asks their desks, so that each is asked once, whoever asks. */
export function sourceDesk(
  source: Source,
  { clock, bus, onRevision, onFirstFailure, parts }: SourceDeskDeps,
): SourceDesk {
  const guarded = guardedSource(source, clock)
  const shelf = snapshotShelf(guarded.open)
  let current: Revision | undefined
  let failure: MooringError | undefined
  let asking: Promise<void> | undefined
  let next: Promise<void> | undefined
  /** Who waits for the next question to be put. */
  const riders: (() => void)[] = []

  const take = (kind: Resolution['kind'], revision: Revision): void => {
    // A key that has come to be trusted changes no content, and does change what may be done with it.
    if (revision.id === current?.id && !isSeenAnew(current, revision)) return
    current = revision
    bus.emit('source.resolved', { source: source.name, kind, revision })
    onRevision()
  }
  /** What the parts come to. Whether one of them has diverged is told for that one. */
  const combined = (): Resolution | undefined =>
    source.mounts !== undefined && parts.every((part) => part.hasRevision())
      ? {
          kind: 'forward',
          revision: source.mounts.combine(
            parts.map((part) => part.revision()),
            current,
          ),
        }
      : undefined
  const ask = async (signal: AbortSignal): Promise<void> => {
    try {
      if (source.mounts !== undefined) await Promise.all(parts.map((part) => part.poll(signal)))
      const { kind, revision } = combined() ?? (await guarded.resolve(current, signal))
      failure = undefined
      take(kind, revision)
    } catch (thrown) {
      if (signal.aborted) throw signal.reason
      const isFirst = failure === undefined && current === undefined
      failure = classify(thrown, 'SOURCE_FAILED', `Source ${source.name} failed`)
      bus.emit('source.failed', { source: source.name, error: summariseError(failure) })
      if (isFirst) onFirstFailure?.()
      throw failure
    }
  }

  const begin = (signal: AbortSignal): Promise<void> => {
    for (const onQuestion of riders.splice(0)) onQuestion()
    asking = ask(signal).finally(() => {
      asking = undefined
    })
    return asking
  }

  return {
    source,
    pollMs: source.pollMs !== undefined && source.pollMs > 0 ? source.pollMs : defaultPollMs,
    poll: (signal, onQuestion = () => {}) => {
      riders.push(onQuestion)
      if (asking === undefined) return begin(signal)
      // What is on its way may be answered with what there was before this call: the next question is for all who come now.
      const again = (): Promise<void> => {
        next = undefined
        return asking ?? begin(signal)
      }
      next ??= asking.then(again, again)
      return next
    },
    revision: () => {
      if (current !== undefined) return current
      for (const part of parts) part.revision()
      throw failure ?? notAskedYet(source)
    },
    hasRevision: () => current !== undefined,
    failure: () => failure ?? parts.map((part) => part.failure()).find((error) => error !== undefined),
    parts,
    partMoved: () => {
      const now = combined()
      if (now !== undefined) take(now.kind, now.revision)
    },
    find: guarded.find,
    open: shelf.lend,
    close: shelf.clear,
  }
}

const isSeenAnew = (before: Revision, now: Revision): boolean =>
  JSON.stringify(before.verification) !== JSON.stringify(now.verification)

const notAskedYet = (source: Source): MooringError =>
  new MooringError({
    code: 'SOURCE_PENDING',
    kind: 'transient',
    message: `Source ${source.name} has not answered yet`,
    hint: 'Wait for its first answer; the event source.failed tells if there is a problem.',
  })

interface Shelved {
  readonly opening: Promise<Snapshot>
  users: number
}

/** Open snapshots by revision id, each opened once and closed when it is neither in use nor recent. */
function snapshotShelf(open: (revision: Revision, signal: AbortSignal) => Promise<Snapshot>) {
  const shelved = new Map<string, Shelved>()

  // An opening belongs to nobody in particular: a caller who gives up must not take it from the others.
  const life = new AbortController()

  const close = async (id: string, entry: Shelved): Promise<void> => {
    shelved.delete(id)
    try {
      const snapshot = await entry.opening
      await snapshot[Symbol.asyncDispose]()
    } catch {
      // It could not be opened, or not be given back: nothing that reads it depends on that.
    }
  }
  const tidy = async (): Promise<void> => {
    const idle = [...shelved.entries()].filter(([, entry]) => entry.users === 0)
    const surplus = Math.max(0, shelved.size - (life.signal.aborted ? 0 : keptOpen))
    await Promise.all(idle.slice(0, surplus).map(([id, entry]) => close(id, entry)))
  }
  return {
    lend: async (revision: Revision, signal: AbortSignal): Promise<Snapshot> => {
      const known = shelved.get(revision.id)
      const entry = known ?? { opening: open(revision, life.signal), users: 0 }
      if (known === undefined) shelved.set(revision.id, entry)
      entry.users++
      let returned = false
      const giveBack = async (): Promise<void> => {
        if (returned) return
        returned = true
        entry.users--
        await tidy()
      }
      try {
        const { digestOf, list, read } = await unlessAborted(entry.opening, signal)
        return { revision, digestOf, list, read, [Symbol.asyncDispose]: giveBack }
      } catch (thrown) {
        // A failed opening is not kept: the next one tries again.
        const failed = !signal.aborted && shelved.get(revision.id) === entry
        if (failed) shelved.delete(revision.id)
        // Not awaited: what this caller gave up may be opening still.
        void giveBack()
        throw thrown
      }
    },
    clear: async (): Promise<void> => {
      life.abort(new DOMException('Nobody reads this source any more', 'AbortError'))
      // What is in use is closed when it is given back.
      await tidy()
    },
  }
}
