import type { GitObject } from '../objects/git-object.ts'

/** Objects in memory, as many bytes as it may hold, those used last. */
export interface ContentCache {
  readonly get: (id: string) => GitObject | undefined
  /** Only what hashes to its id. The content must not be changed any more. */
  readonly put: (id: string, object: GitObject) => void
  readonly forget: () => void
}

/** What an entry costs beside its content. */
const entryBytes = 256

/**
 * Begins empty. Has two halves: what is used goes to the young one, and when that is full, the old one is dropped and the
 * young one becomes old. That is nearly the order of use, without keeping one. What is larger than an eighth is not kept.
 */
export function contentCache(maxBytes: number): ContentCache {
  let young = new Map<string, GitObject>()
  let old = new Map<string, GitObject>()
  let youngBytes = 0

  const put = (id: string, object: GitObject): void => {
    const bytes = object.content.byteLength + entryBytes
    if (bytes > maxBytes / 8 || young.has(id)) return
    if (youngBytes + bytes > maxBytes / 2) {
      old = young
      young = new Map()
      youngBytes = 0
    }
    young.set(id, object)
    youngBytes += bytes
  }

  return {
    get: (id) => {
      const found = young.get(id)
      if (found !== undefined) return found
      const kept = old.get(id)
      if (kept !== undefined) put(id, kept)
      return kept
    },
    put,
    forget: () => {
      young = new Map()
      old = new Map()
      youngBytes = 0
    },
  }
}
