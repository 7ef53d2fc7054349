import fs from 'node:fs'
import { formatOf, idOf } from '../pack/object-format.ts'
import type { GitObject } from './git-object.ts'
import { damaged, type ObjectReader } from './object-reader.ts'

const maxReadBytes = 128 * 1024 * 1024

/**
 * Reads objects, loose and packed, from folders that are laid out like `.git`, the first that has one first. Keeps the
 * packs it reads in memory until told to forget them. `place` is what messages call the repository.
 */
export function readLocalObjects(folders: readonly string[], place: string): ObjectReader {
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
    // Loaded when it is needed: sources over HTTP do without it.
    const { readObject } = await import('isomorphic-git')
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

  const isSound = (id: string, { type, content }: GitObject): boolean =>
    idOf(formatOf(id), type, content) === id

  const read = async (id: string): Promise<GitObject | undefined> => {
    const used = cache
    const found = await lookUp(id).catch(() => undefined)
    if (found !== undefined && isSound(id, found)) return found
    // Somebody may have repacked the repository between two looks; the cache then knows packs that are gone.
    if (cache === used) cache = {}
    const again = await lookUp(id).catch((thrown: unknown) => {
      throw damaged(place, id, 'damaged', thrown)
    })
    if (again !== undefined && !isSound(id, again)) throw damaged(place, id, 'damaged')
    return again
  }

  return {
    read,
    tooLarge: () => undefined,
    forget: () => {
      cache = {}
    },
  }
}
