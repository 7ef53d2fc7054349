import type { ChangeAction, ChangeReason, Expectation } from '../model/change.ts'
import type { Applied, Inventory, InventoryEntry } from '../model/inventory.ts'
import type { Health, HealthState, Observation, ResourceKey, Traits } from '../model/resource.ts'
import type { Comparison } from '../ports/target.ts'
import type { DesiredRecord } from './desired-set.ts'
import { formerMarkOf, isOwnedBy, isSomebodyElses, type Ownership } from './owned-by.ts'

/** One resource that is not as it should be, and what would make it so. */
export interface Difference {
  readonly key: ResourceKey
  readonly label: string
  readonly action: ChangeAction
  readonly reason: ChangeReason
  readonly expects: Expectation
  /** See `PlannedChange.because`. */
  readonly because?: string
  readonly desired?: DesiredRecord
  readonly entry?: InventoryEntry
  readonly observation?: Observation
}

/** Everything `diff` found out about an application. */
export interface Differences {
  readonly changes: readonly Difference[]
  /** Only a preview can tell whether these changes are needed; the record is renewed where it shows none. */
  readonly verify: readonly Difference[]
  /** Entries whose record is renewed without any effect. */
  readonly renew: readonly InventoryEntry[]
  /** Entries to forget without any effect: gone, or not ours any more. */
  readonly forget: readonly ResourceKey[]
  /** Resources whose deletion is under way: nothing can be done to them until they are gone. */
  readonly settling: ReadonlyMap<ResourceKey, Health>
  readonly unchanged: number
  readonly health: HealthState
  /** Desired resources that are not healthy (nor paused), with their health. */
  readonly unhealthy: ReadonlyMap<ResourceKey, Health>
}

/** What `diff` compares. */
export interface DiffInput extends Ownership {
  readonly desired: ReadonlyMap<ResourceKey, DesiredRecord>
  readonly inventory: Inventory
  readonly observed: ReadonlyMap<ResourceKey, Observation>
  /** Whether live resources carry marks; see `Capabilities.marks`. */
  readonly marks: boolean
  /** Whether updates leave what others write alone; see `Capabilities.merges`. */
  readonly merges?: boolean
  readonly compare: (recorded: Applied, observed: Observation) => Comparison
}

/** Where desired, recorded and observed differ. Pure; one look at each resource. */
export function diff(input: DiffInput): Differences {
  const found = collector()
  let matched = 0
  for (const record of input.desired.values()) {
    const entry = input.inventory.get(record.key)
    if (entry !== undefined) matched++
    const observation = input.observed.get(record.key)
    found.see(record.key, observation)
    // The quiet case first: a pass over many unchanged resources is mostly this line.
    if (observation !== undefined && isAsApplied(record, entry, observation, input)) found.same()
    else inspectDesired(record, entry, observation, input, found)
  }
  if (matched < input.inventory.size) {
    for (const entry of input.inventory.values()) {
      if (!input.desired.has(entry.key)) inspectLeftOver(entry, input.observed.get(entry.key), input, found)
    }
  }
  return found.result()
}

const isAsApplied = (
  record: DesiredRecord,
  entry: InventoryEntry | undefined,
  observation: Observation,
  input: DiffInput,
): boolean =>
  entry?.owned !== undefined &&
  entry.pending === undefined &&
  entry.owned.digest === record.digest &&
  observation.deleting !== true &&
  entry.owned.uid === observation.uid &&
  (input.marks ? isOwnedBy(observation, input) : !isSomebodyElses(observation, input)) &&
  formerMarkOf(observation, input) === undefined &&
  input.compare(entry.owned, observation) === 'same'

function inspectDesired(
  record: DesiredRecord,
  entry: InventoryEntry | undefined,
  observation: Observation | undefined,
  input: DiffInput,
  found: Collector,
): void {
  const difference = (action: ChangeAction, reason: ChangeReason): Difference => ({
    key: record.key,
    label: record.label,
    action,
    reason,
    // Whether it may be taken over was decided on the mark, or the lack of one, in this very version.
    expects: expectationOf(observation, input.merges === true && reason !== 'adopted'),
    desired: record,
    ...(entry && { entry }),
    ...(observation && { observation }),
  })
  if (observation === undefined) return found.change(difference('create', reasonToCreate(record, entry)))
  if (observation.deleting === true) return found.settle(record.key, observation)
  if (record.traits?.reconcile === 'never' || observation.traits?.reconcile === 'never') return found.same()

  const owned = entry?.owned
  if (owned === undefined || anotherIncarnation(owned, observation) || isSomebodyElses(observation, input)) {
    if (isOwnedBy(observation, input)) {
      return found.change(difference('update', entry?.pending ? 'unsettled' : 'reclaimed'))
    }
    const unsettledWithoutMark = entry?.pending !== undefined && !input.marks
    if (unsettledWithoutMark) return found.verify(difference('update', 'adopted'))
    return found.change(difference('update', 'adopted'))
  }
  if (entry?.pending !== undefined) return found.change(difference('update', 'unsettled'))
  if (owned.digest !== record.digest) return found.change(difference('update', 'changed'))
  // A mark that somebody took off is put back: without it nothing could ever be pruned with certainty.
  if (input.marks && observation.owner === undefined) return found.change(difference('update', 'drift'))
  const comparison = input.compare(owned, observation)
  const isRenamed = input.marks && formerMarkOf(observation, input) !== undefined
  switch (comparison) {
    case 'same':
      return isRenamed ? found.change(difference('update', 'renamed')) : found.same()
    case 'rebaseline':
      if (isRenamed) return found.change(difference('update', 'renamed'))
      return found.renew(renewed(entry as InventoryEntry, observation))
    case 'verify':
      return found.verify(difference('update', 'drift'))
    case 'drift':
      return found.change(difference('update', 'drift'))
    default:
      return comparison satisfies never
  }
}

function reasonToCreate(record: DesiredRecord, entry: InventoryEntry | undefined): ChangeReason {
  if (entry === undefined) return 'added'
  if (entry.pending !== undefined) return 'unsettled'
  return entry.owned?.digest === record.digest ? 'vanished' : 'changed'
}

/**
 * A resource that left the desired state. What is certainly not ours is forgotten; what may be ours without proof is told
 * as `unproven` and never deleted.
 */
function inspectLeftOver(
  entry: InventoryEntry,
  observation: Observation | undefined,
  input: DiffInput,
  found: Collector,
): void {
  if (observation === undefined) return found.forget(entry.key)
  if (observation.deleting === true) return found.settle(entry.key, observation)
  const sameIncarnation = entry.owned === undefined || !anotherIncarnation(entry.owned, observation)
  const isMarked = isOwnedBy(observation, input)
  // Where there are marks, a write of ours would have left one: an intent alone is no reason to think of it as ours.
  const isIntentOnly = entry.owned === undefined && !isMarked && input.marks
  if (!sameIncarnation || isIntentOnly || isSomebodyElses(observation, input)) {
    return found.forget(entry.key)
  }
  const isProven = isMarked || (entry.owned !== undefined && !input.marks)
  const kept = asksToStay(entry.owned?.traits) || asksToStay(observation.traits)
  if (kept && !isProven) return found.forget(entry.key)
  found.change({
    key: entry.key,
    label: entry.label,
    action: kept ? 'release' : 'delete',
    reason: kept ? 'kept' : isProven ? 'removed' : 'unproven',
    expects: expectationOf(observation),
    entry,
    observation,
  })
}

const asksToStay = (traits: Traits | undefined): boolean =>
  traits?.prune === 'never' || traits?.reconcile === 'never'

/** The entry with the fingerprint and memo of what is live now. */
export function renewed(entry: InventoryEntry, observation: Observation): InventoryEntry {
  const { fingerprint: _, memo: __, ...rest } = entry.owned as Applied
  const { fingerprint, memo } = observation
  return {
    ...entry,
    owned: {
      ...rest,
      ...(fingerprint !== undefined && { fingerprint }),
      ...(memo !== undefined && { memo }),
    },
  }
}

const anotherIncarnation = (owned: Applied, observation: Observation): boolean =>
  owned.uid !== undefined && observation.uid !== undefined && owned.uid !== observation.uid

/** What a change expects to find; any version of that incarnation where it leaves what others write alone. */
export const expectationOf = (observation: Observation | undefined, anyVersion = false): Expectation =>
  observation === undefined
    ? { kind: 'absent' }
    : {
        kind: 'present',
        ...(observation.uid !== undefined && { uid: observation.uid }),
        ...(observation.version !== undefined && !anyVersion && { version: observation.version }),
      }

/** The default comparison: equality of fingerprints. */
export const compareFingerprints = (recorded: Applied, observed: Observation): Comparison =>
  recorded.fingerprint === observed.fingerprint ? 'same' : 'drift'

type Collector = ReturnType<typeof collector>

const severity: Record<HealthState, number> = {
  healthy: 0,
  paused: 1,
  progressing: 2,
  unknown: 3,
  degraded: 4,
}

/** The worst of some healths; healthy where there are none. */
export function worstOf(healths: Iterable<Health>): HealthState {
  let worst: HealthState = 'healthy'
  for (const { state } of healths) if (severity[state] > severity[worst]) worst = state
  return worst
}

function collector() {
  const changes: Difference[] = []
  const verify: Difference[] = []
  const renew: InventoryEntry[] = []
  const forget: ResourceKey[] = []
  const settling = new Map<ResourceKey, Health>()
  const unhealthy = new Map<ResourceKey, Health>()
  let unchanged = 0
  let health: HealthState = 'healthy'
  return {
    see: (key: ResourceKey, observation: Observation | undefined): void => {
      if (observation === undefined || observation.health.state === 'healthy') return
      if (severity[observation.health.state] > severity[health]) health = observation.health.state
      if (observation.health.state !== 'paused') unhealthy.set(key, observation.health)
    },
    same: (): void => {
      unchanged++
    },
    change: (difference: Difference): void => void changes.push(difference),
    verify: (difference: Difference): void => void verify.push(difference),
    renew: (entry: InventoryEntry): void => {
      unchanged++
      renew.push(entry)
    },
    forget: (key: ResourceKey): void => void forget.push(key),
    settle: (key: ResourceKey, { health }: Observation): void => void settling.set(key, health),
    result: (): Differences => ({ changes, verify, renew, forget, settling, unchanged, health, unhealthy }),
  }
}
