import type { Change } from '../model/change.ts'
import type { Applied } from '../model/inventory.ts'
import type { Json } from '../model/json.ts'
import type { Desired, Located, Observation, ResourceKey, Waiting } from '../model/resource.ts'
import type { Placement } from '../model/scope.ts'
import type { Abortable, Call } from './call.ts'
import type { Skipped, TargetFacts } from './renderer.ts'

/**
 * What a target can do. Declared, never guessed: a fact of the contract is skipped only by this record,
 * so what is skipped is visible to users too.
 */
export interface Capabilities {
  /** A live resource carries an owner mark, and `observe` reads it. */
  readonly marks: boolean
  /** A live resource has a `uid` that a new incarnation does not share. */
  readonly uids: boolean
  /** A live resource has a `version`, and `apply` refuses a change that expects another. */
  readonly versions: boolean
  /**
   * An update sets the fields of the manifest and leaves the rest of the live resource alone. Default false. True: updates
   * of what is ours expect an incarnation and not a version, so that whoever writes other fields (a status, an
   * annotation) does not make them fail.
   */
  readonly merges?: boolean
  /** Expectations are checked by the target together with the write. False: checked right before it. */
  readonly atomic: boolean
  /** The oldest an observation can be, in milliseconds; 0 = read at the time of asking. */
  readonly staleMs: number
}

/** Resource a must be ready before resource b. */
export interface Dependency {
  readonly before: ResourceKey
  readonly after: ResourceKey
  /**
   * Default false. True: the two cannot exist at once (a file, and one in a folder of its name), and the edge says nothing
   * else. Where `before` leaves the desired state and `after` is wanted, its delete comes first, under every guard.
   */
  readonly makesRoom?: boolean
}

/** What ordering needs to know of a resource, whether it is desired or only in the inventory. */
export interface Orderable {
  readonly key: ResourceKey
  readonly label: string
  /** Its explicit wave; lower ones come first. Default 0. */
  readonly wave?: number
  /** Keys that it names itself. */
  readonly dependsOn?: readonly ResourceKey[]
}

/** Before and after of one change, for people. Sensitive values are masked by the target. */
export interface Preview {
  readonly before?: Json
  readonly after?: Json
}

/** What a write brought about. */
export interface ApplyResult {
  /**
   * `under-way`: it goes on for longer than a worker should wait, such as an upgrade with jobs of its own. The key stays
   * pending, no other write of it starts, and the pass comes back when it has ended; `apply` is then asked for the same
   * change once more and tells what came of it.
   */
  readonly outcome: 'changed' | 'unchanged' | 'under-way'
  /** What is live now. Absent when nothing is, which confirms a deletion, and while the write is under way. */
  readonly observation?: Observation
  /** Only with `under-way`: resolves when the write has ended, well or not. */
  readonly ended?: Promise<void>
}

/** What the target gives for a set of manifests. */
export interface Prepared<Manifest> {
  readonly desired: readonly Desired<Manifest>[]
  readonly waiting: readonly Waiting[]
  /** What is left out on purpose, such as a hook of a phase that nobody runs. Told as what a renderer skips is. */
  readonly skipped?: readonly Skipped[]
}

/** A hint that something may have changed. Never data: the engine looks again. */
export type WatchHint =
  | { readonly keys: readonly ResourceKey[] }
  | { readonly all: true; readonly reason: string }

/** How what was applied and what is observed relate, when both exist. */
export type Comparison = 'same' | 'rebaseline' | 'verify' | 'drift'

/**
 * The system kept in line. Made by a function that does no I/O.
 *
 * Guarantees:
 * - `prepare` reports every error at once. Keys are known before anything exists. It has no effect.
 * - An absent key in `observe` means that the resource does not exist, confirmed by looking at that key. A failure throws.
 * - `observe` is never older than any `apply` this target has answered, and otherwise at most `supports.staleMs` old.
 *   A target that cannot vouch for that throws. `fresh` asks for a look now.
 * - `apply` has no effect and throws an error of kind `conflict` when `change.expects` does not hold.
 *   Repeating a change that was applied gives a conflict or `unchanged`, never a second effect.
 * - `apply` ends its own request on abort. What it had done by then is found by the next `observe`. A write that is
 *   `under-way` belongs to the target, which ends it when it is disposed.
 * - `preview` has no effect and masks sensitive values.
 * - No method is called after disposal.
 */
export interface Target<Manifest> extends AsyncDisposable {
  readonly name: string
  readonly supports: Capabilities
  /** What the keys are relative to: this cluster, this directory. Another identity is another target. */
  readonly identity: (options: Abortable) => Promise<string>
  readonly facts?: (options: Abortable) => Promise<TargetFacts>
  readonly prepare: (manifests: readonly Located<Manifest>[], call: Call) => Promise<Prepared<Manifest>>
  /**
   * Pure: the instance of a hook for one operation. What runs gets a key and a name of its own that hold the operation, so
   * that it can be created expecting absence and never comes into being twice; what others refer to by name may keep it.
   * The digest stays the hook's, and there is no hook trait. Not there: resources that are hooks are `HOOKS_UNSUPPORTED`.
   */
  readonly instantiate?: (desired: Desired<Manifest>, operation: string) => Desired<Manifest>
  /** Pure: who must be ready before whom. Pruning goes the other way. Default: no order. */
  readonly order?: (resources: readonly Orderable[]) => readonly Dependency[]
  /**
   * Pure, from the key alone: what kind of resource it is, and in which namespace. Without it no application can be limited
   * by a scope. One that throws, or gives no kind, puts the resource outside of every scope.
   */
  readonly placeOf?: (key: ResourceKey) => Placement
  readonly observe: (
    keys: readonly ResourceKey[],
    call: Call & { readonly fresh?: boolean },
  ) => Promise<ReadonlyMap<ResourceKey, Observation>>
  /**
   * Pure. `rebaseline`: the same in new clothes (another fingerprint algorithm); the record is renewed.
   * `verify`: cannot tell; one preview decides. Default: equality of fingerprints.
   */
  readonly compare?: (recorded: Applied, observed: Observation) => Comparison
  readonly preview: (change: Change<Manifest>, call: Call) => Promise<Preview>
  /**
   * Which fields of a drifted resource somebody else holds, and who, one line each for people. No effect, no values. Asked
   * only for what was healed again and again.
   */
  readonly explain?: (change: Change<Manifest>, call: Call) => Promise<readonly string[]>
  readonly apply: (change: Change<Manifest>, call: Call) => Promise<ApplyResult>
  /** Everything that carries this owner's mark: for a lost store, and to find orphans. */
  readonly owned?: (call: Call) => AsyncIterable<Observation>
  /** Nobody asks for these keys any more. */
  readonly forget?: (keys: readonly ResourceKey[]) => void
  readonly watch?: (options: Abortable) => AsyncIterable<WatchHint>
}
