import { bounded } from '../adapters/bounded.ts'
import { renderGuarded } from '../adapters/guarded-renderer.ts'
import type { GuardedTarget } from '../adapters/guarded-target.ts'
import type { Application } from '../application/define-application.ts'
import { MooringError } from '../errors/mooring-error.ts'
import type { Inventory } from '../model/inventory.ts'
import type { SyncPolicy } from '../model/policy.ts'
import type { Desired, ResourceKey } from '../model/resource.ts'
import type { Revision } from '../model/revision.ts'
import { type DesiredSet, rememberDesired } from '../pipeline/desired-set.ts'
import { indexByKey } from '../pipeline/index-by-key.ts'
import type { Call } from '../ports/call.ts'
import type { Clock } from '../ports/clock.ts'
import type { Skipped } from '../ports/renderer.ts'
import type { Snapshot } from '../ports/snapshot.ts'
import { hooksUnsupported } from './hook-scene.ts'
import { type Reads, readsAreUnchanged, recordReads } from './record-reads.ts'

/** Bodies of desired resources. They live for one pass. */
export type Bodies<Manifest> = ReadonlyMap<ResourceKey, Desired<Manifest>>

/** What one revision asks for. */
export interface DesiredState<Manifest> {
  readonly set: DesiredSet
  /** What the renderer left out on purpose. */
  readonly skipped: readonly Skipped[]
  /** Whether the renderer ran for this answer. */
  readonly rendered: boolean
  /** The bodies; rendered again when they are not at hand. */
  readonly bodies: (call: Call) => Promise<Bodies<Manifest>>
}

/** Renders and prepares, and skips both while nothing that decided the last answer has changed. */
export interface DesiredStates<Manifest> {
  readonly of: (revision: Revision, inventory: Inventory, call: Call) => Promise<DesiredState<Manifest>>
  /** The last answer, if there was one. */
  readonly last: () => DesiredSet | undefined
  /** The last answer with the revision it was given for: what holds while a newer one cannot be rendered. */
  readonly lastGood: (
    inventory: Inventory,
  ) => (DesiredState<Manifest> & { readonly revision: Revision }) | undefined
}

interface Remembered {
  readonly revision: string
  /** A revision that gives this answer, as the source named it. */
  readonly of: Revision
  readonly reads: Reads
  readonly factsDigest: string | undefined
  readonly set: DesiredSet
  readonly skipped: readonly Skipped[]
}

/** What rendering needs from the engine. */
export interface RenderDeps<Manifest> {
  readonly application: Application<Manifest>
  readonly policy: SyncPolicy
  readonly target: GuardedTarget<Manifest>
  readonly clock: Clock
  /** Lends a snapshot: disposing it gives it back. */
  readonly open: (revision: Revision, signal: AbortSignal) => Promise<Snapshot>
}

/** The desired states of one application, one revision after the other. */
export function desiredStates<Manifest>(deps: RenderDeps<Manifest>): DesiredStates<Manifest> {
  let remembered: Remembered | undefined

  const render = async (revision: Revision, inventory: Inventory, call: Call) => {
    const facts = await deps.target.facts(call.signal)
    await using lent = await deps.open(revision, call.signal)
    const recording = recordReads(lent)
    const { bodies, waiting, skipped } = await renderAndPrepare(deps, recording.snapshot, facts, call)
    const set = rememberDesired(bodies, waiting, inventory, call.digest)
    return {
      bodies,
      remembered: {
        revision: revision.id,
        of: revision,
        reads: recording.reads,
        factsDigest: facts?.digest,
        set,
        skipped,
      },
    }
  }
  const isUnchanged = async (known: Remembered, revision: Revision, call: Call): Promise<boolean> => {
    // Something that waited may have come into being, which no digest of ours tells.
    if (known.set.waiting.length > 0) return false
    if ((await deps.target.facts(call.signal))?.digest !== known.factsDigest) return false
    if (known.revision === revision.id) return true
    await using lent = await deps.open(revision, call.signal)
    return await withinReadTimeout(deps, call.signal, (signal) =>
      readsAreUnchanged(known.reads, lent, { signal }),
    )
  }

  /** The bodies of an answer that is remembered without them. */
  const bodiesAgain =
    (known: Remembered, revision: Revision, inventory: Inventory) =>
    async (call: Call): Promise<Bodies<Manifest>> => {
      const next = await render(revision, inventory, call)
      if (next.remembered.set.digest !== known.set.digest) throw notRepeatable(deps.application)
      return next.bodies
    }

  return {
    last: () => remembered?.set,
    lastGood: (inventory) => {
      const known = remembered
      if (known === undefined) return undefined
      const { set, skipped, of } = known
      return { set, skipped, rendered: false, revision: of, bodies: bodiesAgain(known, of, inventory) }
    },
    of: async (revision, inventory, call) => {
      const known = remembered
      if (known !== undefined && (await isUnchanged(known, revision, call))) {
        remembered = { ...known, revision: revision.id, of: revision }
        const again = bodiesAgain(known, revision, inventory)
        return { set: known.set, skipped: known.skipped, rendered: false, bodies: again }
      }
      const next = await render(revision, inventory, call)
      remembered = next.remembered
      const { set, skipped } = next.remembered
      return { set, skipped, rendered: true, bodies: async () => next.bodies }
    },
  }
}

async function renderAndPrepare<Manifest>(
  { application, policy, target, clock }: RenderDeps<Manifest>,
  snapshot: Snapshot,
  facts: Awaited<ReturnType<GuardedTarget<Manifest>['facts']>>,
  call: Call,
) {
  const limits = { clock, signal: call.signal, timeoutMs: policy.readTimeoutMs }
  const input = { snapshot, path: application.path, ...(facts && { facts }) }
  const rendered = await renderGuarded(application.renderer, input, limits)
  const { inputs = [], skipped = [] } = rendered
  await withinReadTimeout({ application, policy, clock }, call.signal, async (signal) => {
    for (const path of inputs) await snapshot.digestOf(path, { signal })
  })
  const manifests = (application.transforms ?? []).reduce(
    (located, transform) => transform(located),
    rendered.manifests,
  )
  const { desired, waiting, skipped: unplaced = [] } = await target.prepare(manifests, call)
  const hooks = desired.filter(({ traits }) => traits.hook !== undefined)
  if (hooks.length > 0 && target.instantiate === undefined) throw hooksUnsupported(hooks)
  return { bodies: indexByKey(desired), waiting, skipped: [...skipped, ...unplaced] }
}

/** A snapshot is bounded where nothing else bounds it. */
const withinReadTimeout = <Manifest, Value>(
  { application, policy, clock }: Pick<RenderDeps<Manifest>, 'application' | 'policy' | 'clock'>,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> => {
  const onTimeout = (): MooringError =>
    new MooringError({
      code: 'SOURCE_TIMEOUT',
      kind: 'transient',
      message: `Source ${application.source.name} did not tell digests within ${policy.readTimeoutMs} ms`,
      hint: 'See whether its disk or its server hangs.',
    })
  return bounded({ clock, signal, timeoutMs: policy.readTimeoutMs, onTimeout }, run).result
}

const notRepeatable = (application: {
  readonly name: string
  readonly renderer: { readonly name: string }
}) =>
  new MooringError({
    code: 'RENDER_NOT_REPEATABLE',
    kind: 'permanent',
    message: `Renderer ${application.renderer.name} of ${application.name} gave another result for equal inputs`,
    hint: 'Make its output depend on nothing but the files it reads through the snapshot: no time, no chance, no network.',
  })
