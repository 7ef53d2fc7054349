import type { PlannedChange } from './change.ts'
import type { ResourceKey, Waiting } from './resource.ts'
import type { Revision } from './revision.ts'

/** A rule's decision to hold changes back, with the reason and the way out. */
export interface Hold {
  /** The rule: `prune-budget`, `ownership`, ... */
  readonly guard: string
  /** Stable reason code, with a heading in docs/errors.md. */
  readonly code: string
  readonly message: string
  /** Who or what lets the changes go on. */
  readonly release: string
  readonly keys: readonly ResourceKey[]
  /** When it ends by itself, milliseconds since the epoch, where that is known. The application is looked at again then. */
  readonly until?: number
  /**
   * True: the operation stays open and is held until somebody acts.
   * False: the sync policy leaves these changes out and the operation ends without them.
   */
  readonly holdsOperation: boolean
  /**
   * True: what it waits for is under way, and nobody has to act. Whoever asked goes on waiting; the operation's deadline
   * does not run meanwhile. Default false.
   */
  readonly passing?: boolean
}

/** The ordered changes from here to desired, as data. Holds no bodies and can be kept as JSON. */
export interface Plan {
  readonly formatVersion: 1
  /**
   * Digest over what the plan would do: application, target identity and each change that is not a heal.
   * The same work has the same id, whatever the revision's name, the time, or the health of anything.
   */
  readonly id: string
  readonly application: string
  /** Identity of the target the keys are relative to. */
  readonly target: string
  readonly revision: Revision
  /** Digest over all desired resources: what an operation moves to. */
  readonly desiredDigest: string
  /** When it was made, milliseconds since the epoch. */
  readonly at: number
  /** In the order they would be applied. */
  readonly changes: readonly PlannedChange[]
  /**
   * Resources that are hooks, whose instances the operation for this desired state makes. Held like changes: none runs
   * before an approval, or outside a window. Absent where there are none.
   */
  readonly hooks?: readonly PlannedChange[]
  readonly holds: readonly Hold[]
  readonly waiting: readonly Waiting[]
  /** Resources that are as desired. */
  readonly unchanged: number
}
