import PQueue from 'p-queue'
import type { GuardedTarget } from '../adapters/guarded-target.ts'
import { classify } from '../errors/classify.ts'
import { MooringError } from '../errors/mooring-error.ts'
import type { Change, PlannedChange } from '../model/change.ts'
import type { InventoryEntry } from '../model/inventory.ts'
import type { Owner, ResourceKey } from '../model/resource.ts'
import { placeOf } from '../pipeline/index-by-key.ts'
import type { Call } from '../ports/call.ts'
import type { ApplyResult } from '../ports/target.ts'
import type { Bodies } from './render-desired.ts'

/** How one change of a stage ended. */
export type ChangeOutcome =
  | { readonly kind: 'applied'; readonly change: PlannedChange; readonly result: ApplyResult }
  | { readonly kind: 'failed'; readonly change: PlannedChange; readonly error: MooringError }

/** Keys whose last write has not come to an end, although nobody waits for it any more. */
export interface Unsettled {
  readonly has: (key: ResourceKey) => boolean
  readonly add: (key: ResourceKey, settled: Promise<void>) => void
}

/** Unsettled writes of one application; `onSettled` tells that a key may be written again. */
export function unsettledWrites(onSettled: () => void): Unsettled {
  const keys = new Map<ResourceKey, Promise<void>>()
  return {
    has: (key) => keys.has(key),
    add: (key, settled) => {
      keys.set(key, settled)
      void settled.then(() => {
        keys.delete(key)
        onSettled()
      })
    },
  }
}

/** What is written down before a change has any effect. */
export const intentOf = (change: PlannedChange, entry: InventoryEntry | undefined): InventoryEntry => ({
  key: entry?.key ?? change.key,
  label: change.label,
  ...(entry?.owned && { owned: entry.owned }),
  pending: {
    action: change.action,
    ...(change.to !== undefined && { digest: change.to }),
    expects: change.expects,
  },
})

/**
 * Applies the changes of one stage, several at once. All outcomes are collected; nothing is thrown but an abort. Writes that
 * go on for longer than anybody waits are told to `onUnderWay`; what came of them a later pass finds out.
 */
export async function applyStage<Manifest>(
  changes: readonly PlannedChange[],
  bodies: Bodies<Manifest>,
  deps: {
    readonly target: GuardedTarget<Manifest>
    readonly call: Call
    readonly concurrency: number
    readonly stopAtFirstFailure: boolean
    readonly unsettled: Unsettled
    readonly onUnderWay?: (change: PlannedChange) => void
    /** Marks of former names; see `Survey.formerMarks`. */
    readonly formerMarks: ReadonlyMap<ResourceKey, Owner>
  },
): Promise<readonly ChangeOutcome[]> {
  const outcomes: ChangeOutcome[] = []
  const line = new PQueue({ concurrency: deps.concurrency })
  let stopped = false
  for (const change of changes) {
    void line.add(async () => {
      if (stopped || deps.call.signal.aborted) return
      const outcome = await applyOne(withBody(change, bodies), deps)
      if (outcome === undefined) return deps.onUnderWay?.(change)
      outcomes.push(outcome)
      if (outcome.kind === 'failed' && deps.stopAtFirstFailure) stopped = true
    })
  }
  await line.onIdle()
  return outcomes
}

async function applyOne<Manifest>(
  change: Change<Manifest>,
  { target, call, unsettled, formerMarks }: Parameters<typeof applyStage<Manifest>>[2],
): Promise<ChangeOutcome | undefined> {
  const { desired: _, ...planned } = change
  const owner = formerMarks.get(change.key) ?? call.owner
  if (change.action === 'replace') {
    const refused = await refusedAnew(change, { target, call })
    if (refused !== undefined) return { kind: 'failed', change: planned, error: refused }
  }
  // The first half of a replace is its delete; the create is the next pass's, when nothing is there any more.
  const write: Change<Manifest> = change.action === 'replace' ? { ...planned, action: 'delete' } : change
  const { result, settled } = target.apply(write, { ...call, owner })
  try {
    const answer = await result
    if (answer.outcome !== 'under-way' || answer.ended === undefined)
      return { kind: 'applied', change: planned, result: answer }
    unsettled.add(
      change.key,
      answer.ended.catch(() => undefined),
    )
    return undefined
  } catch (thrown) {
    const error = withPlace(classify(thrown, 'TARGET_FAILED', `${change.action} of ${change.label}`), change)
    // After a timeout or an abort the write may still be on its way; nothing overtakes it.
    if (error.code === 'TARGET_TIMEOUT' || call.signal.aborted) unsettled.add(change.key, settled)
    return { kind: 'failed', change: planned, error }
  }
}

/** Nothing is deleted to make room for what the target would not take. */
async function refusedAnew<Manifest>(
  change: Change<Manifest>,
  { target, call }: Pick<Parameters<typeof applyStage<Manifest>>[2], 'target' | 'call'>,
): Promise<MooringError | undefined> {
  try {
    await target.preview(change, call)
    return undefined
  } catch (thrown) {
    return withPlace(classify(thrown, 'TARGET_FAILED', `preview of ${change.label}`), change)
  }
}

/** The error with the file and line that the resource comes from: that is where it is mended. */
export function withPlace(error: MooringError, { origin }: Pick<PlannedChange, 'origin'>): MooringError {
  if (origin === undefined || error.kind === 'conflict') return error
  const { code, kind, message, hint, retryAfterMs, cause } = error
  return new MooringError({
    code,
    kind,
    message: `${message} (${placeOf(origin)})`,
    ...(hint !== undefined && { hint }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    cause,
  })
}

/** The change as the target gets it. */
export function withBody<Manifest>(change: PlannedChange, bodies: Bodies<Manifest>): Change<Manifest> {
  const desired = bodies.get(change.key)
  return desired === undefined ? change : { ...change, desired }
}

/** Whether a change cannot be applied without the manifest. */
export const needsBody = (change: PlannedChange): boolean =>
  change.action === 'create' || change.action === 'update' || change.action === 'replace'
