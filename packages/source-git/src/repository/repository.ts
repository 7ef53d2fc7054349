import type { ObjectReader } from '../objects/object-reader.ts'
import type { GitRef } from '../options/git-ref.ts'
import type { GitTraffic } from './traffic.ts'

/** A commit that can be read, until released: its folders are here, its files here or within reach. */
export interface Holding {
  readonly reader: ObjectReader
  /**
   * Downloads those of these files that are not here yet, in as few requests as can be. False when the server does not
   * give one of them out.
   */
  readonly bring: (ids: readonly string[], signal: AbortSignal) => Promise<boolean>
  /** Downloads the object of an annotated tag, without what it leads to. False when the server does not give it out. */
  readonly bringTag: (id: string, signal: AbortSignal) => Promise<boolean>
  /** Something that must be there was missing or damaged: what was downloaded is not used again, but downloaded anew. */
  readonly distrust: () => void
  readonly release: () => Promise<void>
}

/** What a ref leads to right now. */
export interface Tip {
  readonly commit: string
  /** For people: `main`, `v1.4.2`, `refs/pull/7/head`. */
  readonly label: string
  /** The annotated tag on the way there. Absent for branches, and for tags that are nothing but a name. */
  readonly tag?: { readonly id: string; readonly name: string }
}

/** How a commit is looked for. */
export interface ObtainOptions {
  readonly signal: AbortSignal
  /** Whether it is newer than what was obtained before, so that only the difference needs to come. */
  readonly isNews: boolean
  /** A commit it may follow: enough history is looked for to tell. */
  readonly after?: string | undefined
  /** Download it anew, even if it is here: together with the history since `after`, or with all of it and of `after`. */
  readonly withHistory?: boolean | 'all'
}

/** A repository, wherever it is: what a source asks of it. */
export interface Repository {
  /**
   * The commit a ref leads to, right now. One request.
   * Throws `REF_NOT_FOUND` and `EMPTY_REPOSITORY`, and `INVALID_OPTION` for what turns out to be no range of versions.
   */
  readonly tip: (ref: GitRef, signal: AbortSignal) => Promise<Tip>
  /** Makes a commit readable, downloading what is missing. Undefined when there is no such commit, or none is given out. */
  readonly obtain: (commit: string, options: ObtainOptions) => Promise<Holding | undefined>
  readonly traffic: () => GitTraffic
  /** Ends what is under way and removes what was downloaded. */
  readonly dispose: () => Promise<void>
}
