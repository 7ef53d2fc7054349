import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { MooringError } from '@mooring/core'
import { readObject } from 'isomorphic-git'

/** One object of Git: the content as it is hashed, without its head. */
export interface GitObject {
  readonly type: 'commit' | 'tree' | 'blob' | 'tag'
  readonly content: Uint8Array
}

/** Reads objects by id. */
export interface ObjectReader {
  /** Undefined when it is not there. What is given hashes to its id. Throws `REPOSITORY_CORRUPT`. */
  readonly read: (id: string) => Promise<GitObject | undefined>
  /** Lets go of what is kept in memory to read faster. */
  readonly forget: () => void
}

const maxReadBytes = 128 * 1024 * 1024

/**
 * Reads objects, loose and packed, from folders that are laid out like `.git`, the first that has one first. Keeps the
 * packs it reads in memory until told to forget them. `place` is what messages call the repository.
 */
export function readObjects(folders: readonly string[], place: string): ObjectReader {
  let cache = {}
  let readBytes = 0

  /** The cache also keeps most objects that were read, without a limit of its own. */
  const keepCacheSmall = (bytes: number): void => {
    readBytes += bytes
    if (readBytes < maxReadBytes) return
    cache = {}
    readBytes = 0
  }

  const lookUp = async (id: string): Promise<GitObject | undefined> => {
    for (const gitdir of folders) {
      try {
        const { type, object } = await readObject({ fs, gitdir, oid: id, format: 'content', cache })
        const content = object as Uint8Array
        keepCacheSmall(content.byteLength)
        return { type: type as GitObject['type'], content }
      } catch (thrown) {
        if ((thrown as { code?: unknown }).code !== 'NotFoundError') throw thrown
      }
    }
    return undefined
  }

  const read = async (id: string): Promise<GitObject | undefined> => {
    const used = cache
    const found = await lookUp(id).catch(() => undefined)
    if (found !== undefined && idOf(found) === id) return found
    // Somebody may have repacked the repository between two looks; the cache then knows packs that are gone.
    if (cache === used) cache = {}
    const again = await lookUp(id).catch((thrown: unknown) => {
      throw damaged(place, id, 'damaged', thrown)
    })
    if (again !== undefined && idOf(again) !== id) throw damaged(place, id, 'damaged')
    return again
  }

  return {
    read,
    forget: () => {
      cache = {}
    },
  }
}

/** The id that an object's type and content hash to. */
function idOf({ type, content }: GitObject): string {
  return createHash('sha1').update(`${type} ${content.byteLength}\0`).update(content).digest('hex')
}

/** An object that must be there. Throws `REPOSITORY_CORRUPT` when it is not, or is of another type. */
export async function readKind(
  reader: ObjectReader,
  id: string,
  type: GitObject['type'],
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
