import type { Json } from '@mooring/core'

/** One document of a file, as plain JSON with its place. Lines and documents count from 1. */
export interface SourceDocument {
  readonly value: Json
  /** The line of its first content. */
  readonly line: number
  readonly document: number
  /** The lines of the items, if the document has `items` at its top. */
  readonly itemLines: readonly number[]
}

/** What cannot be read, in the words of {@link Fault}. */
export interface ReadingFault {
  readonly code: 'MALFORMED_MANIFEST' | 'MANIFESTS_TOO_LARGE'
  readonly says: string
  readonly line: number
  /** Absent where it is not known in which document it stands. */
  readonly document?: number
}

/**
 * One step through a file: a document, or what is wrong with it; no faults are a moment for others to have their turn.
 * Empty documents are left out, but counted.
 */
export type Read = SourceDocument | { readonly faults: readonly ReadingFault[] }
