import type { EventBus } from '../events/event-bus.ts'
import { decide, type PassEnd, type Streak } from '../pipeline/decide.ts'
import type { Clock } from '../ports/clock.ts'
import { priority, type Scheduler } from '../ports/scheduler.ts'
import type { Source } from '../ports/source.ts'
import { type SourceDesk, sourceDesk } from './source-desk.ts'

/** All sources of an engine, each polled under a name of its own for as long as somebody reads it. */
export interface SourceDesks {
  /** The desk of a source; the same one for everybody who names the same source. */
  readonly of: (source: Source) => SourceDesk
  /** Polls a source, or all of them, now. */
  readonly refresh: (source?: Source) => void
  /** The poll that is scheduled under this name, if there is one. */
  readonly work: (name: string, signal: AbortSignal) => Promise<void>
  /** Whether a scheduled name is that of a source. */
  readonly owns: (name: string) => boolean
  /** Stops polling sources that are not among these. */
  readonly keepOnly: (used: ReadonlySet<SourceDesk>) => void
  /** Gives back the snapshots that are kept open. */
  readonly close: () => Promise<void>
}

/** What source desks need. */
export interface SourceDesksDeps {
  readonly bus: EventBus
  readonly clock: Clock
  readonly random: () => number
  readonly scheduler: Scheduler
  readonly isRunning: () => boolean
  /** Hears of every other revision. */
  readonly onRevision: (desk: SourceDesk) => void
  /** Hears of a source that failed before it had any revision. */
  readonly onFirstFailure: (desk: SourceDesk) => void
}

interface Polled {
  readonly desk: SourceDesk
  readonly name: string
  streak: Streak
  /** Whether its polls have a place of their own within the interval. */
  isSpread: boolean
}

const prefix = 'source:'
const longestRetryMs = 300_000

/** The source desks of one engine. */
export function sourceDesks(deps: SourceDesksDeps): SourceDesks {
  const { bus, clock, random, scheduler } = deps
  const polled = new Map<Source, Polled>()
  let numbered = 0

  /** What is made of others is not polled itself: they are, and tell it. */
  const schedule = ({ name, desk }: Polled, afterMs: number): void => {
    if (desk.parts.length === 0)
      scheduler.add(name, { afterMs, priority: priority.revision, group: 'sources' })
    else for (const part of desk.parts) refresh(part.source, afterMs)
  }
  const refresh = (source: Source | undefined, afterMs: number): void => {
    for (const entry of polled.values()) {
      if (source === undefined || entry.desk.source === source) schedule(entry, afterMs)
    }
  }
  const takeIn = (source: Source): Polled => {
    const parts = source.mounts?.sources.map(of) ?? []
    const above = (): readonly SourceDesk[] =>
      [...polled.values()].map((one) => one.desk).filter((one) => one.parts.includes(desk))
    const onRevision = (): void => {
      for (const each of above()) each.partMoved()
      deps.onRevision(desk)
    }
    const onFirstFailure = (): void => {
      for (const each of [desk, ...above()]) deps.onFirstFailure(each)
    }
    const desk: SourceDesk = sourceDesk(source, { clock, bus, onRevision, onFirstFailure, parts })
    const name = `${prefix}${++numbered}:${source.name}`
    const entry: Polled = { desk, name, streak: { failures: 0, replans: 0 }, isSpread: false }
    polled.set(source, entry)
    if (deps.isRunning()) schedule(entry, 0)
    desk.partMoved()
    return entry
  }
  const of = (source: Source): SourceDesk => (polled.get(source) ?? takeIn(source)).desk
  const poll = async (entry: Polled, signal: AbortSignal): Promise<void> => {
    const end = await endOf(entry.desk, signal)
    if (end === undefined || polled.get(entry.desk.source) !== entry) return
    const { afterMs, streak } = decide(end, entry.streak, entry.desk.pollMs, random)
    entry.streak = streak
    schedule(entry, end.kind === 'rest' ? untilNext(entry) : Math.min(afterMs, longestRetryMs))
  }
  /**
   * The first poll that went well is followed by one anywhere in the second half of `pollMs`, each later one by one after
   * exactly `pollMs`: sources and engines that began together do not ask a server together ever after.
   */
  const untilNext = (entry: Polled): number => {
    const { pollMs } = entry.desk
    if (entry.isSpread) return pollMs
    entry.isSpread = true
    return Math.max(1, Math.round(pollMs * (1 - random() / 2)))
  }

  return {
    of,
    refresh: (source) => refresh(source, 0),
    owns: (name) => name.startsWith(prefix),
    work: async (name, signal) => {
      const entry = [...polled.values()].find((each) => each.name === name)
      if (entry !== undefined) await poll(entry, signal)
    },
    keepOnly: (used) => {
      const kept = new Set([...used].flatMap(withParts))
      for (const [source, { desk, name }] of polled) {
        if (kept.has(desk)) continue
        polled.delete(source)
        scheduler.remove(name)
        void desk.close()
      }
    },
    close: async () => {
      await Promise.all([...polled.values()].map(({ desk }) => desk.close()))
    },
  }
}

/** A desk with those it asks, however deep. */
const withParts = (desk: SourceDesk): readonly SourceDesk[] => [desk, ...desk.parts.flatMap(withParts)]

/** How a poll ended; undefined when the engine is being stopped. */
async function endOf(desk: SourceDesk, signal: AbortSignal): Promise<PassEnd | undefined> {
  try {
    await desk.poll(signal)
    return { kind: 'rest' }
  } catch {
    if (signal.aborted) return undefined
    const error = desk.failure()
    if (error?.kind === 'permanent') return { kind: 'stall' }
    return { kind: 'retry', ...(error?.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }) }
  }
}
