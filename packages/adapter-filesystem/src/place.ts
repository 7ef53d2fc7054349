import type { Claims } from './claims.ts'
import type { Fingerprints } from './fingerprints.ts'

/** What the parts of a directory target share. */
export interface Place {
  /** Absolute path of the directory, which may not exist yet. */
  readonly root: string
  /** Whether files may be created in a directory that another installation made its own. */
  readonly shared: boolean
  readonly claims: Claims
  readonly fingerprints: Fingerprints
  /** Folders in which nothing is left of writes that a crash cut short. */
  readonly swept: Set<string>
}

/** The folder and the name that a key stands for: `a/b/c` is `c` in `a/b`. */
export function splitKey(key: string): { readonly folder: string; readonly name: string } {
  const slash = key.lastIndexOf('/')
  return { folder: key.slice(0, Math.max(slash, 0)), name: key.slice(slash + 1) }
}
