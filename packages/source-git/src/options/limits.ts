import { invalidOption } from './invalid-option.ts'

/** How much of a repository is taken before it is refused. In bytes, unless said otherwise. */
export interface GitLimits {
  /** The longest answer of the server. Default 512 MiB: a longer one is `RESPONSE_TOO_LARGE`. */
  readonly maxResponseBytes?: number
  /** The largest file that is read. Default 16 MiB: a larger one is `FILE_TOO_LARGE`. Other files stay readable. */
  readonly maxFileBytes?: number
  /** The most objects (files, folders, commits) of one download. Default 2,000,000: more are `TOO_MANY_OBJECTS`. */
  readonly maxObjects?: number
  /** The most that one download may become when it is unpacked. Default 4 GiB: more is `INFLATED_TOO_LARGE`. */
  readonly maxInflatedBytes?: number
  /** How many changes may stand upon each other in a download. Default 4095, the most Git makes: more is `DELTA_TOO_DEEP`. */
  readonly maxDeltaDepth?: number
  /** The most files that listing a folder gives, those further down included. Default 1,000,000: more are `TOO_MANY_FILES`. */
  readonly maxFiles?: number
  /** The most names in one folder. Default 100,000: more are `FOLDER_TOO_LARGE`, and nothing of the folder is read. */
  readonly maxFolderEntries?: number
  /** How many folders may stand in each other. Default 100: what is deeper is `PATH_TOO_DEEP`. */
  readonly maxDepth?: number
  /** The longest path, in bytes. Default 4096, what most systems take: a longer one is `PATH_TOO_LONG`. */
  readonly maxPathBytes?: number
  /**
   * How much is kept on disk before what is not used any more is dropped. Default 2 GiB. What is in use may be more: one
   * snapshot is always kept.
   */
  readonly maxCacheBytes?: number
  /**
   * How many requests to one host run at the same time, of all sources of this process. Default 8; others wait, and come by
   * turns, one of each credentials after the other. Credentials under which nothing runs do not wait for those of
   * others, so that one tenant's slow repositories hold up no other's: then there are up to twice as many. Where sources
   * say different things, each heeds its own.
   */
  readonly maxRequestsPerHost?: number
}

const mebibyte = 1024 * 1024

const defaults: Required<GitLimits> = {
  maxResponseBytes: 512 * mebibyte,
  maxFileBytes: 16 * mebibyte,
  maxObjects: 2_000_000,
  maxInflatedBytes: 4096 * mebibyte,
  maxDeltaDepth: 4095,
  maxFiles: 1_000_000,
  maxFolderEntries: 100_000,
  maxDepth: 100,
  maxPathBytes: 4096,
  maxCacheBytes: 2048 * mebibyte,
  maxRequestsPerHost: 8,
}

/** Checks limits and fills in the defaults. Throws `INVALID_OPTION`. */
export function limitsFrom(given: GitLimits): Required<GitLimits> {
  const limits = { ...defaults }
  for (const name of Object.keys(defaults) as (keyof GitLimits)[]) {
    limits[name] = wholeNumber(`limits.${name}`, given[name], defaults[name])
  }
  return limits
}

/** A whole number of 1 or more, or its default. Throws `INVALID_OPTION`. */
export function wholeNumber(
  option: string,
  given: number | undefined,
  byDefault: number,
  max: number = 2 ** 40,
): number {
  const value = given ?? byDefault
  if (Number.isSafeInteger(value) && value > 0 && value <= max) return value
  throw invalidOption(option, `a whole number from 1 to ${max}`, `it is ${String(value)}`)
}
