import type { Owner } from '../model/resource.ts'

/** Everything effectful can be aborted. On abort an adapter ends its request and rejects with `signal.reason`. */
export interface Abortable {
  readonly signal: AbortSignal
}

/** What every effectful call on a target gets. */
export interface Call extends Abortable {
  /** On whose behalf: written as the mark, and compared with marks that are read. */
  readonly owner: Owner
  /**
   * Digest for manifests and live bodies, keyed by the store, so that the digest of a secret reveals nothing.
   * 43 characters; equal input gives an equal digest for the life of the store. Synchronous.
   */
  readonly digest: (content: Uint8Array | string) => string
}
