/** One immutable state of a source, named by its content, with what the audit log says about it. */
export interface Revision {
  /** Content id, such as a Git commit id. Equal id = equal content. */
  readonly id: string
  /** What a person would call it: `main@1f3c9a2`. */
  readonly label?: string
  readonly author?: string
  readonly message?: string
  /** When it was made, in milliseconds since the epoch, as its author claims. */
  readonly at?: number
  /** What the source found out about its signature. Absent: nobody looked, which is never as good as verified. */
  readonly verification?: Verification
  /** Of a source made of several: which revision of each, by the name of the source. */
  readonly parts?: readonly RevisionPart[]
}

/** The revision of one source among several. */
export interface RevisionPart {
  readonly source: string
  readonly id: string
  readonly label?: string
}

/**
 * What is known of a revision's signature.
 * - `verified`: signed by somebody who is trusted.
 * - `unsigned`: it carries no signature.
 * - `untrusted`: well signed, by nobody who is trusted.
 * - `invalid`: the signature does not fit the content, or cannot be read.
 */
export interface Verification {
  readonly outcome: 'verified' | 'unsigned' | 'untrusted' | 'invalid'
  /** Who signed, as the list of trusted keys calls them; else the key's fingerprint. */
  readonly signer?: string
  /** For people: why it is not verified. */
  readonly reason?: string
}

/**
 * The answer to "what should be live now?".
 * - `same`: the revision asked about is still current.
 * - `forward`: a newer revision that has the one asked about in its past, or the first one ever seen.
 * - `diverged`: a revision that does not follow from the one asked about (a force-push, a moved tag).
 */
export type Resolution =
  | { readonly kind: 'same'; readonly revision: Revision }
  | { readonly kind: 'forward'; readonly revision: Revision }
  | { readonly kind: 'diverged'; readonly revision: Revision }
