import type { ResourceKey } from '../model/resource.ts'
import type { Revision } from '../model/revision.ts'
import type { Unmet } from '../pipeline/dependency.ts'
import type { Neighbour } from '../pipeline/moves.ts'

/** The other applications of the engine, as one of them sees them. */
export interface Neighbours {
  /**
   * Those on this target that desire or hold the resource. `marked` is the application that the live resource names: it
   * holds it whatever its inventory says, which can have lost it, or not been read since the start.
   */
  readonly of: (
    target: string,
    key: ResourceKey,
    revision: Revision,
    marked: string | undefined,
  ) => readonly Neighbour[]
  /**
   * Names of those that read our source, may be on this target and may have this resource, and have not planned this
   * revision. Those whose folder is as it was in the revision `since`, when nothing had left us yet, have nothing new to
   * desire, even if it cannot be read.
   */
  readonly behind: (
    target: string,
    revision: Revision,
    since: string | undefined,
  ) => (key: ResourceKey) => readonly string[]
  /**
   * Announces that these resources are about to be made ours. Gives the resources that somebody else has announced and
   * the name of that application; then nothing is announced.
   */
  readonly claim: (
    target: string,
    keys: readonly ResourceKey[],
  ) => { readonly key: ResourceKey; readonly application: string } | undefined
  /** Takes every announcement back: the inventory tells from now on. */
  readonly disclaim: () => void
  /**
   * The applications this one depends on that are not ready. `revision` is the one those have to have finished that read
   * our source; undefined where that does not matter, because we are pinned.
   */
  readonly unmet: (revision: Revision | undefined) => readonly Unmet[]
  /** Names of those that depend on this one. */
  readonly dependents: () => readonly string[]
  /** Another revision was planned: whoever waits for us looks again. */
  readonly tell: () => void
  /** These were taken over: whoever has them in its inventory looks again, and forgets them. */
  readonly took: (keys: readonly ResourceKey[]) => void
}

/** What one application shows its neighbours. */
export interface Standing {
  /** The target it is on, once that is known. */
  readonly target: () => string | undefined
  /** The revision that its desired state was made from last. */
  readonly planned: () => Revision | undefined
  /** Whether its folder had the same content in both revisions, as far as it has looked at both. */
  readonly isSameFolder: (one: string, other: string) => boolean
  /** Whether its scope lets it take the resource over: what it desires beyond that it can never have. */
  readonly mayHave: (key: ResourceKey) => boolean
  /** Desires it, and may have it. */
  readonly desires: (key: ResourceKey) => boolean
  readonly holds: (key: ResourceKey) => boolean
  /** Holds it as applied, not only as announced. */
  readonly owns: (key: ResourceKey) => boolean
  /** Whether what it does next depends on what a neighbour plans: it waits for one, or leaves something to it. */
  readonly waits: () => boolean
}
