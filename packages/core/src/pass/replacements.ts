import { isMooringError, MooringError } from '../errors/mooring-error.ts'
import type { ChangeAction, Expectation, PlannedChange } from '../model/change.ts'
import type { InventoryEntry } from '../model/inventory.ts'
import type { ResourceKey, Traits } from '../model/resource.ts'
import { type Difference, type Differences, expectationOf } from '../pipeline/diff.ts'
import { isOwnedBy } from '../pipeline/owned-by.ts'
import type { Call } from '../ports/call.ts'
import { changeOf } from './settle-by-preview.ts'
import type { SurveyInput } from './survey.ts'

/** The code by which a target says that an update would change a field that cannot change. */
const immutableField = 'IMMUTABLE_FIELD'

/**
 * What is known of updates that may be replaced, by key: whether the update of this incarnation to this digest is refused
 * for a field that cannot change, and in which words. May be forgotten: then it is asked again.
 */
export type Immutables = Map<ResourceKey, { readonly update: string; readonly refusal: string | undefined }>

/**
 * The differences with a replace in place of each update that the target would refuse for a field that cannot change.
 * Only where the manifest allows it, where it is proven to be ours (recorded, by its mark and by its uid, as far as the
 * target has them), and never where deleting it takes others along. Costs one preview of each such update.
 */
export async function replacements<Manifest>(
  found: Differences,
  input: SurveyInput<Manifest>,
  call: Call,
): Promise<Replacements> {
  const candidates = found.changes.filter((difference) => mayReplace(difference, input, call))
  const replaceable = new Set(candidates.map(({ key }) => key))
  for (const key of input.immutables.keys()) if (!replaceable.has(key)) input.immutables.delete(key)
  if (candidates.length === 0) return { differences: found, replaceable }
  const replaced = new Map<ResourceKey, Difference>()
  for (const candidate of candidates) {
    const refusal = await refusalOf(candidate, input, call)
    if (refusal !== undefined) replaced.set(candidate.key, asReplacement(candidate, refusal))
  }
  const changes = found.changes.map((change) => replaced.get(change.key) ?? change)
  return { differences: { ...found, changes }, replaceable }
}

/** Differences with their replacements, and the keys that may be replaced where an update turns out to be refused. */
export interface Replacements {
  readonly differences: Differences
  readonly replaceable: ReadonlySet<ResourceKey>
}

function mayReplace<Manifest>(
  { action, reason, entry, observation, desired }: Difference,
  { application, removing }: SurveyInput<Manifest>,
  { owner }: Call,
): boolean {
  if (action !== 'update' || (reason !== 'changed' && reason !== 'unsettled') || removing) return false
  // The consent of the manifest: anybody may write on what is live.
  if (desired?.traits?.replace !== 'allowed') return false
  const asked: readonly (Traits | undefined)[] = [desired.traits, observation?.traits, entry?.owned?.traits]
  if (asked.some((traits) => traits?.cascades === true)) return false
  const { marks } = application.target.supports
  const ownership = { owner, formerly: application.formerly ?? [] }
  return (
    entry?.owned !== undefined &&
    observation !== undefined &&
    entry.owned.uid === observation.uid &&
    (!marks || isOwnedBy(observation, ownership))
  )
}

async function refusalOf<Manifest>(
  difference: Difference,
  { immutables, desired, target }: SurveyInput<Manifest>,
  call: Call,
): Promise<string | undefined> {
  const { key } = difference
  const update = nameOf(difference.expects, difference.desired?.digest)
  const known = immutables.get(key)
  if (known?.update === update) return known.refusal
  let refusal: string | undefined
  try {
    await target.preview(changeOf(difference, await desired.bodies(call)), call)
  } catch (thrown) {
    call.signal.throwIfAborted()
    // Whatever else is wrong with it is found, and told, when it is applied.
    if (!isMooringError(thrown) || thrown.code !== immutableField) return undefined
    refusal = thrown.message
  }
  immutables.set(key, { update, refusal })
  return refusal
}

/** Names an update: of which incarnation, to what. */
const nameOf = (expects: Expectation, digest: string | undefined): string =>
  `${expects.kind === 'present' ? (expects.uid ?? '') : 'absent'}/${digest ?? ''}`

/**
 * An update that turned out to be impossible only when it was made, as an error that calls for another plan. Remembered,
 * so that the next plan replaces. Any other error is given back as it is.
 */
export function learntFrom(
  error: MooringError,
  { key, action, expects, to }: PlannedChange,
  replaceable: ReadonlySet<ResourceKey>,
  immutables: Immutables,
): MooringError {
  if (error.code !== immutableField || action !== 'update' || !replaceable.has(key)) return error
  const { code, message, hint, cause } = error
  immutables.set(key, { update: nameOf(expects, to), refusal: message })
  return new MooringError({ code, kind: 'conflict', message, ...(hint !== undefined && { hint }), cause })
}

const asReplacement = (difference: Difference, because: string): Difference => ({
  ...difference,
  action: 'replace',
  because,
  // It deletes: what is ours must be ours in this very version.
  expects: expectationOf(difference.observation),
})

/** A create after a replace whose delete nobody confirmed, and that has happened. */
export const isSecondHalf = ({
  action,
  entry,
}: {
  readonly action: ChangeAction
  readonly entry?: InventoryEntry | undefined
}): boolean => action === 'create' && entry?.pending?.action === 'replace'
