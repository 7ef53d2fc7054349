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
