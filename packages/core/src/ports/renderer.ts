import type { Located, Origin } from '../model/resource.ts'
import type { Abortable } from './call.ts'
import type { Snapshot } from './snapshot.ts'

/** What a target tells renderers about itself, such as the versions it understands. */
export interface TargetFacts {
  /** Changes exactly when a renderer could give something else. */
  readonly digest: string
  readonly [fact: string]: unknown
}

/** What a renderer gets. The engine records every path it reads through the snapshot, missing ones included. */
export interface RenderInput {
  readonly snapshot: Snapshot
  /** The application's folder. The renderer may read outside it. */
  readonly path: string
  readonly facts?: TargetFacts
}

/** Something in the application's folder that a renderer knows and leaves out on purpose. */
export interface Skipped {
  /** For people: `Kustomization shop`. */
  readonly label: string
  readonly reason: string
  readonly origin?: Origin
}

/** What a renderer gives. */
export interface Rendered<Manifest> {
  readonly manifests: readonly Located<Manifest>[]
  /** What was left out on purpose. Each is told once by the event `manifest.skipped`, so that nobody waits for it. */
  readonly skipped?: readonly Skipped[]
  /**
   * Only for a renderer that hands files to something the engine cannot watch: the paths whose content decides.
   * Absent: the reads through the snapshot decide.
   */
  readonly inputs?: readonly string[]
}

/**
 * Turns a snapshot's folder into manifests.
 *
 * Guarantees:
 * - Repeatable: equal content under the paths it read, equal facts and an equal `digest` give equal manifests.
 *   The engine skips rendering while they are unchanged and reports `RENDER_NOT_REPEATABLE` when it finds out otherwise.
 * - All or nothing: a file that cannot be rendered throws an error that names the file. It is never left out.
 */
export interface Renderer<Manifest> {
  readonly name: string
  /** Identity of this renderer with its configuration. */
  readonly digest: string
  readonly render: (input: RenderInput, options: Abortable) => Promise<Rendered<Manifest>>
}
