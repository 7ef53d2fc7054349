import { MooringError } from '@mooring/core'
import type { ObjectType } from '../pack/object-format.ts'
import type { GitObject } from './git-object.ts'

/** Reads objects by id. */
export interface ObjectReader {
  /** Undefined when it is not there. What is given hashes to its id. Throws `REPOSITORY_CORRUPT`. */
  readonly read: (id: string) => Promise<GitObject | undefined>
  /** Bytes of a blob that is known, and too large to have been kept. */
  readonly tooLarge: (id: string) => number | undefined
  /** Lets go of what is kept in memory to read faster. */
  readonly forget: () => void
}

/** An object that must be there. Throws `REPOSITORY_CORRUPT` when it is not, or is of another type. */
export async function readKind(
  reader: Pick<ObjectReader, 'read'>,
  id: string,
  type: ObjectType,
  place: string,
): Promise<Uint8Array> {
  const object = await reader.read(id)
  if (object === undefined) throw damaged(place, id, 'missing')
  if (object.type !== type) throw damaged(place, id, `a ${object.type} where a ${type} must be`)
  return object.content
}

/** The error of an object that is not what it must be. */
export const damaged = (place: string, id: string, found: string, cause?: unknown): MooringError =>
  new MooringError({
    code: 'REPOSITORY_CORRUPT',
    kind: 'transient',
    message: `Expected object ${id} of ${place} to be there and sound, found it ${found}`,
    hint: 'Run `git fsck` on the repository. Partial clones, which lack objects on purpose, cannot be read.',
    cause,
  })
