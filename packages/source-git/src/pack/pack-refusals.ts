import { MooringError } from '@mooring/core'

/** How much of a pack is taken before it is refused. */
export interface PackLimits {
  readonly maxObjects: number
  /** Of everything that comes out of a pack, what deltas make included. */
  readonly maxInflatedBytes: number
  /** Larger blobs are checked, noted and let go; anything else that is larger is refused. */
  readonly maxObjectBytes: number
  /** How many changes may stand upon each other. Git itself makes no more than 4095. */
  readonly maxDeltaDepth: number
}

/** The error of a pack that is not what it claims. */
export const damagedPack = (from: string, found: string, cause?: unknown): MooringError =>
  new MooringError({
    code: 'REPOSITORY_CORRUPT',
    kind: 'transient',
    message: `Expected a sound pack of objects from ${from}, found ${found}`,
    hint: 'It is fetched again. If this stays, run `git fsck` on the server.',
    cause,
  })

/** The error of a pack that holds more than is taken. */
export function overLimit(
  what: 'objects' | 'inflated' | 'object' | 'depth',
  limit: number,
  from: string,
): MooringError {
  switch (what) {
    case 'objects':
      return new MooringError({
        code: 'TOO_MANY_OBJECTS',
        kind: 'permanent',
        message: `Expected a pack of at most ${limit} objects from ${from}, found one that announces more`,
        hint: 'If the repository is really this large, raise limits.maxObjects.',
      })
    case 'inflated':
      return new MooringError({
        code: 'INFLATED_TOO_LARGE',
        kind: 'permanent',
        message: `Expected a pack of at most ${limit} bytes from ${from}, inflated, found a larger one`,
        hint: 'A small pack that inflates to so much is likely an attack. If it is not, raise limits.maxInflatedBytes.',
      })
    case 'object':
      return new MooringError({
        code: 'GIT_OBJECT_TOO_LARGE',
        kind: 'permanent',
        message: `Expected folders, commits and changes of at most ${limit} bytes each from ${from}, found a larger one`,
        hint: 'No folder that people made is this large. Raise limits.maxFileBytes if it is a change to a large file.',
      })
    case 'depth':
      return new MooringError({
        code: 'DELTA_TOO_DEEP',
        kind: 'permanent',
        message: `Expected at most ${limit} changes upon each other in a pack from ${from}, found more`,
        hint: 'Git does not make such packs by itself. Run `git repack -adf` on the server.',
      })
    default:
      return what satisfies never
  }
}
