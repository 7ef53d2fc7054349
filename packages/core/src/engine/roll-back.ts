import { isMooringError, type MooringError } from '../errors/mooring-error.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { RecordedEntry } from '../model/history.ts'
import type { Pin } from '../model/pin.ts'
import type { Revision } from '../model/revision.ts'
import type { ApplicationState } from '../model/state.ts'
import type { SyncResult } from '../model/status.ts'
import type { Entry } from '../pass/ledger.ts'
import { type Choice, type Chosen, chooseRevision, previousRevision } from '../pipeline/rollback.ts'
import type { Clock } from '../ports/clock.ts'
import type { Store } from '../ports/store.ts'
import type { ApplicationDesk } from './application-desk.ts'
import { decisionEntry } from './decision-entry.ts'
import { failedToAsk, misuse } from './misuse.ts'
import type { Wish } from './wish.ts'
import type { Waiting } from './wishes.ts'

/**
 * A revision to go back to.
 *
 * - `previous`: the last one that was brought about completely before what runs, or is being brought about, now. Of a
 *   pinned application: before what it is pinned to.
 * - another text: an id, the beginning of one from 4 characters on that the history knows, or a label of the history.
 * - an entry of the history, or its place: the revision it led to.
 */
export type RollbackTarget = string | Pick<RecordedEntry, 'place'>

/** Who decides, and why. */
interface Decision {
  readonly actor: string
  readonly reason?: string
}

/** What rolling back needs from the engine. */
export interface RollBackDeps {
  readonly store: Pick<Store, 'history'>
  readonly bus: EventBus
  readonly clock: Clock
  /** Of the engine: what was begun is recorded, whoever waits for it. */
  readonly signal: AbortSignal
  /** Of the caller. */
  readonly patience: AbortSignal
  readonly wake: () => void
}

/**
 * Pins an application to a revision and brings that about. Nothing is pinned that cannot be opened.
 *
 * Throws `REVISION_UNKNOWN`, `REVISION_AMBIGUOUS`, `NO_PREVIOUS_REVISION`, `REVISION_GONE` and `APPLICATION_SUSPENDED`.
 */
export async function rollBack(
  desk: ApplicationDesk,
  { to, ...by }: Decision & { readonly to: RollbackTarget },
  deps: RollBackDeps,
): Promise<SyncResult> {
  const { head } = await desk.recorded(deps.patience)
  const refusal = refusalOf(desk.name, head)
  if (refusal !== undefined) throw refusal
  const chosen = await choose(desk, to, deps.store, deps.patience)
  let revision: Revision
  try {
    revision = await desk.source.find(chosen.id, deps.patience)
    // Read once before anything depends on it; whoever opens it next finds it open.
    await using _snapshot = await desk.source.open(revision, deps.patience)
  } catch (thrown) {
    deps.patience.throwIfAborted()
    if (isMooringError(thrown) && thrown.code === 'REVISION_GONE') throw thrown
    return failedToAsk(desk.name, thrown)
  }
  const wish: Wish = { ...by, rollback: true }
  const { desiredDigest } = chosen
  const pin: Pin = {
    revision,
    by: by.actor,
    at: deps.clock.now(),
    ...(by.reason !== undefined && { reason: by.reason }),
    ...(desiredDigest !== undefined && { desiredDigest }),
  }
  return desk.ask(wish, deps.wake, deps.patience, (inLine) => pinFor(desk, wish, pin, inLine, deps))
}

/** Pins and makes the wish ready in one go; gives why not, where it is refused. */
async function pinFor(
  desk: ApplicationDesk,
  wish: Wish,
  pin: Pin,
  inLine: Waiting,
  { bus, signal }: RollBackDeps,
): Promise<MooringError | undefined> {
  let refusal: MooringError | undefined
  const change = ({ head }: ApplicationState): Entry | undefined => {
    refusal = refusalOf(desk.name, head)
    return refusal === undefined ? pinned(head, pin) : undefined
  }
  await desk.amend(change, signal, () => {
    if (refusal !== undefined) return
    // Before another pass can begin: it does the work of this wish, and of no earlier one.
    desk.overtakeRollbacks(`the rollback of ${pin.by} to ${nameOf(pin.revision)}`, wish)
    inLine.makeReady()
    bus.emit('application.pinned', { application: desk.name, actor: pin.by, revision: pin.revision })
  })
  return refusal
}

/** Ends a pin; gives whether there was one. Whoever waits for its rollback to begin is told. */
export async function unpin(
  desk: ApplicationDesk,
  by: Decision,
  { clock, signal }: Pick<RollBackDeps, 'clock' | 'signal'>,
): Promise<boolean> {
  let isPinned = false
  const change = (state: ApplicationState): Entry | undefined => {
    isPinned = state.head.pin !== undefined
    return unpinned(state, by, clock.now())
  }
  await desk.amend(change, signal, () => desk.overtakeRollbacks(`${by.actor}, who unpinned it`))
  return isPinned
}

const refusalOf = (
  name: string,
  { suspended, removing }: ApplicationState['head'],
): MooringError | undefined => {
  if (suspended !== undefined) return misuse.suspended(name, suspended.by)
  return removing === undefined ? undefined : misuse.removing(name, removing.by)
}

/** What pinning records. Pure. */
const pinned = (head: ApplicationState['head'], pin: Pin): Entry => {
  const what = `pinned to ${nameOf(pin.revision)}`
  const { by: actor, reason, at, revision } = pin
  // Who approved looked at a plan for what is left now.
  const { approval } = head
  return {
    head: {
      ...head,
      pin,
      ...(approval && { approval: { ended: `${actor} rolled back since then`, ...approval } }),
    },
    history: [decisionEntry(head, { cause: 'pin', actor, what, reason, at, revision })],
  }
}

/** What ending a pin records; nothing where there is none. Pure. */
function unpinned(
  { head: { pin, ...head } }: ApplicationState,
  { actor, reason }: Decision,
  at: number,
): Entry | undefined {
  if (pin === undefined) return undefined
  const what = `ended the pin to ${nameOf(pin.revision)} that ${pin.by} had set`
  return { head, history: [decisionEntry(head, { cause: 'unpin', actor, what, reason, at })] }
}

const nameOf = ({ label, id }: Revision): string => label ?? id

async function choose(
  desk: ApplicationDesk,
  to: RollbackTarget,
  store: Pick<Store, 'history'>,
  signal: AbortSignal,
): Promise<Chosen> {
  const history = await wholeHistory(desk.name, store, signal)
  if (to !== 'previous') return only(desk.name, to, chooseRevision(to, history), history)
  const { head } = await desk.recorded(signal)
  const refused = desk.source.hasRevision() && head.refused?.revision === desk.source.revision().id
  const found = previousRevision(history, head, refused)
  if (found.kind === 'chosen') return found.chosen
  throw misuse.noPreviousRevision(desk.name)
}

function only(
  name: string,
  to: Exclude<RollbackTarget, 'previous'>,
  found: Choice,
  history: readonly RecordedEntry[],
): Chosen {
  switch (found.kind) {
    case 'chosen':
      return found.chosen
    case 'ambiguous':
      throw misuse.revisionAmbiguous(name, typeof to === 'string' ? to : to.place, found.ids)
    case 'unknown': {
      // A whole id that the history does not know may be one that the source has all the same.
      if (typeof to === 'string' && isWholeId(to)) return { id: to }
      const known = history.filter(({ outcome }) => outcome === 'synced').map((entry) => entry.to)
      throw misuse.revisionUnknown(name, typeof to === 'string' ? to : to.place, [...new Set(known)])
    }
    default:
      return found satisfies never
  }
}

/** What sources name their revisions by is long; what a person types is short. */
const isWholeId = (text: string): boolean => text.length >= 32

async function wholeHistory(
  name: string,
  store: Pick<Store, 'history'>,
  signal: AbortSignal,
): Promise<readonly RecordedEntry[]> {
  const entries: RecordedEntry[] = []
  for (;;) {
    const before = entries.at(-1)?.place
    const page = await store.history(name, { signal, limit: pageSize, ...(before && { before }) })
    entries.push(...page)
    if (page.length < pageSize || entries.length >= mostEntries) return entries
  }
}

const pageSize = 500
/** What is older than this many entries is found by its whole id. */
const mostEntries = 10_000
