import type { MooringError } from '../errors/mooring-error.ts'
import { endsOwnership, isHeal, type PlannedChange } from '../model/change.ts'
import { type ChangeCounts, noChanges } from '../model/counts.ts'
import type { InventoryEntry } from '../model/inventory.ts'
import type { Operation } from '../model/operation.ts'
import type { SyncPolicy } from '../model/policy.ts'
import type { Health, ResourceKey } from '../model/resource.ts'
import { countChange } from '../pipeline/counts.ts'
import { gate, type Unready, unreadyOf } from '../pipeline/gate.ts'
import { freeChanges } from '../pipeline/guard-plan.ts'
import { beginStage } from '../pipeline/operation.ts'
import type { Clock } from '../ports/clock.ts'
import { appliedOf } from './applied-of.ts'
import type { ChangeOutcome } from './apply-stage.ts'
import { independentOf, type Stage } from './stages.ts'
import type { Survey } from './survey.ts'

/** What one pass has done so far, and what that allows next. */
export interface Run {
  readonly target: string
  readonly operation: () => Operation | undefined
  readonly hasFailed: () => boolean
  /** A change that cannot be made in this pass: what depends on it has to wait as well. */
  readonly leave: (change: PlannedChange) => void
  /** The changes of a stage that may be made now. The others are left for a later pass. */
  /** With `stops`, nothing but heals is ready once a stage of the operation was begun, or could not be made whole. */
  readonly readyFor: (stage: Stage, stops?: boolean) => readonly PlannedChange[]
  /** Notes on the operation that a stage is through but for what comes after it. Not one of heals, or where a part failed. */
  readonly endStage: (outcomes: readonly ChangeOutcome[], asked: number) => void
  /** The operation as it is recorded before these changes are made. */
  readonly intend: (changes: readonly PlannedChange[]) => Operation | undefined
  /** What kept all changes from being tried. */
  readonly fail: (error: MooringError) => void
  readonly note: (outcome: ChangeOutcome) => void
  /** The inventory entry after a write. */
  readonly entryAfter: (outcome: ChangeOutcome & { readonly kind: 'applied' }) => InventoryEntry
  readonly progress: () => Progress
}

/** How far a pass came with its plan. */
export interface Progress {
  readonly operation: Operation | undefined
  readonly failures: readonly MooringError[]
  /** Resources the operation, or a later stage, waits for. */
  readonly unready: ReadonlyMap<ResourceKey, Health>
  /** Changes that are left for a later pass. */
  readonly left: number
  /** Deletions under way. */
  readonly settling: number
  /** Replaced resources that are gone already: another pass makes them anew at once. */
  readonly gone: number
  /** What leaves and stays until everything is healthy; see `SyncPolicy.pruneWhen`. */
  readonly unpruned: number
  readonly applied: number
  readonly heals: ChangeCounts
  /** What was healed. */
  readonly healed: readonly PlannedChange[]
  /** Health of what was written, by key, over what the survey saw. */
  readonly unhealthy: ReadonlyMap<ResourceKey, Health>
  /** The name people know a resource by. */
  readonly labelOf: (key: ResourceKey) => string
}

const noneUnready: Unready = new Map()

/** The run of one pass, for the operation that is open, if any. */
export function newRun<Manifest>(
  survey: Survey<Manifest>,
  opened: Operation | undefined,
  { policy, clock }: { readonly policy: SyncPolicy; readonly clock: Pick<Clock, 'now'> },
): Run {
  const { order, set } = survey
  const unhealthy = new Map<ResourceKey, Health>(survey.differences.unhealthy)
  const changed = new Set(opened?.changed ?? [])
  const blocked = new Set<ResourceKey>()
  const byKey = new Map(survey.plan.changes.map((change) => [change.key, change]))
  for (const { holdsOperation, keys } of survey.plan.holds) {
    if (!holdsOperation) continue
    for (const key of keys) {
      const change = byKey.get(key)
      if (change !== undefined && !endsOwnership(change)) blocked.add(key)
    }
  }
  const going = new Set<ResourceKey>()
  for (const key of survey.differences.settling.keys()) {
    if (set.records.has(key)) blocked.add(key)
    else going.add(key)
  }
  /** What this one would have made room for has to wait. */
  const blockBehind = (key: ResourceKey): void => {
    for (const after of survey.room.get(key) ?? []) blocked.add(after)
  }
  const isFree = new Set(freeChanges(survey.plan).map((change) => change.key))
  for (const key of survey.room.keys()) if (!isFree.has(key)) blockBehind(key)
  const healed: PlannedChange[] = []
  const failures: MooringError[] = []
  let operation = opened && { ...opened, counts: { ...opened.counts, failed: 0 } }
  let heals = noChanges
  let applied = 0
  let left = 0
  let settling = survey.differences.settling.size
  let gone = 0
  let unpruned = 0
  // A gate that is not open closes everything behind it: a later stage may depend on what was left before it.
  let closed = false
  // A stage was begun, and what comes after it has to end before the next one.
  let isStopped = false
  let unready: Unready = new Map()

  const explicit = (key: ResourceKey): readonly ResourceKey[] => set.records.get(key)?.traits?.dependsOn ?? []
  const labelOf = (key: ResourceKey): string => set.records.get(key)?.label ?? key
  const waitFor = (awaited: Unready): void => {
    unready = new Map([...unready, ...awaited])
  }
  const count = (next: (counts: ChangeCounts) => ChangeCounts): void => {
    if (operation !== undefined) operation = { ...operation, counts: next(operation.counts) }
  }
  /** What something that is on its way out depends on stays until that is gone. */
  const stays = (): ((change: PlannedChange) => boolean) => {
    const needed = new Set<ResourceKey>()
    let lastWave = Number.NEGATIVE_INFINITY
    for (const key of going) {
      const owned = survey.state.inventory.get(key)?.owned
      for (const before of [...order.dependenciesOf(key), ...(owned?.dependencies ?? [])]) needed.add(before)
      lastWave = Math.max(lastWave, owned?.traits?.wave ?? 0)
    }
    return ({ key }) => needed.has(key) || order.waveOf(key) < lastWave
  }
  const mayEnd = (stage: Stage): readonly PlannedChange[] => {
    const awaited = policy.pruneWhen === 'applied' ? noneUnready : unreadyOf(changed, unhealthy)
    if (failures.length === 0 && left === 0 && awaited.size === 0) {
      const mustStay = stays()
      const free = stage.changes.filter((change) => !mustStay(change))
      left += stage.changes.length - free.length
      return free
    }
    waitFor(awaited)
    left += stage.changes.length
    if (awaited.size > 0) unpruned += stage.changes.length
    return []
  }

  const readyNow = (stage: Stage): readonly PlannedChange[] => {
    if (stage.ends) {
      const ready = mayEnd(stage)
      for (const change of stage.changes) if (!ready.includes(change)) blockBehind(change.key)
      return ready
    }
    const open = stage.changes.filter(({ key }) => !blocked.has(key))
    left += stage.changes.length - open.length
    const { free, stopped } = independentOf(blocked, open, order)
    for (const change of stopped) blocked.add(change.key)
    left += stopped.length
    const work = free.filter((change) => !isHeal(change))
    const awaited = gate(work, changed, explicit, order, unhealthy)
    waitFor(awaited)
    closed ||= awaited.size > 0
    if (!closed) return free
    left += work.length
    return free.filter(isHeal)
  }
  /** Deleted, and made anew in a later pass: until then whatever depends on it waits, and nothing is pruned. */
  const noteReplaced = (change: PlannedChange, isGoing: boolean): void => {
    const { key } = change
    blocked.add(key)
    left++
    if (isGoing) settling++
    else gone++
    unhealthy.set(key, { state: 'progressing', message: 'deleted, and about to be made anew' })
    count((counts) => countChange(counts, change))
    if (operation !== undefined) {
      const { replacing = [] } = operation
      operation = { ...operation, replacing: [...new Set([...replacing, key])] }
    }
  }
  /** The second half of a replace, which was counted with the first. */
  const isMadeAnew = (key: ResourceKey): boolean => {
    if (operation?.replacing?.includes(key) !== true) return false
    const { replacing, ...rest } = operation
    const others = replacing.filter((other) => other !== key)
    operation = others.length === 0 ? rest : { ...rest, replacing: others }
    return true
  }

  return {
    target: survey.target,
    operation: () => operation,
    hasFailed: () => failures.length > 0,
    leave: (change) => {
      left++
      blocked.add(change.key)
      blockBehind(change.key)
    },
    endStage: (outcomes, asked) => {
      const keys = outcomes.flatMap(({ change }) => (isHeal(change) ? [] : [change.key]))
      const isWhole =
        outcomes.length === asked &&
        outcomes.every(({ kind, change }) => kind === 'applied' && change.action !== 'replace')
      if (operation === undefined || (keys.length === 0 && outcomes.length === asked)) return
      isStopped = true
      if (isWhole) operation = { ...operation, stage: { number: operation.stagesDone ?? 0, keys } }
    },
    readyFor: (stage, stops) => {
      if (stops !== true) return readyNow(stage)
      if (!isStopped) {
        const before = left
        const ready = readyNow(stage)
        // What could not be made now comes back as a stage of its own; nothing goes before it.
        isStopped = left > before
        return ready
      }
      const heals = stage.changes.filter(isHeal)
      left += stage.changes.length - heals.length
      return heals
    },
    intend: (changes) => {
      if (operation === undefined) return undefined
      const keys = changes.filter((change) => !isHeal(change)).map(({ key }) => key)
      for (const key of keys) changed.add(key)
      const { attempts } = operation
      operation = { ...beginStage(operation, keys, clock.now()), attempts: attempts + 1 }
      return operation
    },
    fail: (error) => {
      failures.push(error)
      count((counts) => ({ ...counts, failed: failures.length }))
    },
    note: (outcome) => {
      const { change } = outcome
      if (outcome.kind === 'failed') {
        blocked.add(change.key)
        blockBehind(change.key)
        failures.push(outcome.error)
        return count((counts) => ({ ...counts, failed: failures.length }))
      }
      applied++
      if (change.action === 'replace') return noteReplaced(change, outcome.result.observation !== undefined)
      if (change.action === 'delete' && outcome.result.observation !== undefined) {
        settling++
        going.add(change.key)
        blockBehind(change.key)
      }
      const isHealing = isHeal(change) || operation === undefined
      const isChanged = !isMadeAnew(change.key) && outcome.result.outcome === 'changed'
      // A heal that found nothing to write, such as of what is left to somebody else, undid nothing.
      if (isHeal(change) && isChanged) healed.push(change)
      if (isChanged && isHealing) heals = countChange(heals, change)
      else if (isChanged) count((counts) => countChange(counts, change))
      const health = outcome.result.observation?.health
      if (health === undefined || health.state === 'healthy' || health.state === 'paused')
        unhealthy.delete(change.key)
      else unhealthy.set(change.key, health)
    },
    entryAfter: ({ change, result }) => {
      const record = set.records.get(change.key)
      if (record === undefined || result.observation === undefined)
        throw new TypeError(`${change.label}: no outcome`)
      const { key, label, digest, traits } = record
      return { key, label, owned: appliedOf(result.observation, digest, traits, order.dependenciesOf(key)) }
    },
    progress: () => {
      waitFor(unreadyOf(changed, unhealthy))
      return {
        operation,
        failures,
        unready,
        left,
        settling,
        gone,
        unpruned,
        applied,
        heals,
        healed,
        unhealthy,
        labelOf,
      }
    },
  }
}
