import type { Resolution, Revision } from '../model/revision.ts'
import type { Abortable } from './call.ts'
import type { Snapshot } from './snapshot.ts'

/**
 * Where desired state is kept. Made by a function that does no I/O; shared by any number of applications, for which
 * the engine asks it once.
 *
 * Guarantees:
 * - `resolve` is cheap while nothing is new: one request, and no content is read. Something new may be downloaded right
 *   away, because whether it follows can often only be told from history; `open` then finds it there.
 * - `find` gives a recorded revision again, or throws `REVISION_GONE`.
 * - `open` gives verified content only, all of it or an error. Opening a revision twice gives equal snapshots.
 * - A failure throws. It never reads as "there is nothing".
 */
export interface Source extends AsyncDisposable {
  readonly name: string
  /**
   * How often the engine asks `resolve`. Default 60000. The second time it comes up to half of that earlier, by chance, so
   * that engines and sources that began together spread out.
   */
  readonly pollMs?: number
  readonly resolve: (options: Abortable & { readonly since?: Revision }) => Promise<Resolution>
  readonly find: (id: string, options: Abortable) => Promise<Revision>
  readonly open: (revision: Revision, options: Abortable) => Promise<Snapshot>
  /** Of a source made of several, such as a `mount`: the engine asks those, once each, and puts their answers together. */
  readonly mounts?: {
    readonly sources: readonly Source[]
    /** Pure. One revision for one of each, in the order of `sources`; `before` is what was current, to tell what moved. */
    readonly combine: (revisions: readonly Revision[], before?: Revision) => Revision
  }
}
