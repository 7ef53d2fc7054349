import { createHash, type Hash, hash } from 'node:crypto'

/** What names the objects of a repository: SHA-1, or SHA-256 in repositories made so. */
export interface ObjectFormat {
  readonly name: 'sha1' | 'sha256'
  /** Bytes of an id, which is also the length of a pack's checksum. */
  readonly idBytes: 20 | 32
}

/** What nearly every repository uses. */
export const sha1: ObjectFormat = { name: 'sha1', idBytes: 20 }

/** Made by `git init --object-format=sha256`. */
export const sha256: ObjectFormat = { name: 'sha256', idBytes: 32 }

/** The kinds of objects Git has. */
export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag'

/** Whether a text is a whole object id, of either format. */
export const isFullId = (id: string): boolean => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(id)

/** The format of a whole id. */
export const formatOf = (id: string): ObjectFormat => (id.length === 64 ? sha256 : sha1)

/** Up to here one call on a copy beats three calls without one. */
const maxCopied = 64 * 1024

/** The id that an object's type and content hash to. */
export function idOf(format: ObjectFormat, type: ObjectType, content: Uint8Array): string {
  if (content.byteLength > maxCopied)
    return startId(format, type, content.byteLength).update(content).digest('hex')
  return hash(format.name, Buffer.concat([Buffer.from(headOf(type, content.byteLength)), content]), 'hex')
}

/** The beginning of an id, for content that comes in pieces: `update` with them, then `digest('hex')`. */
export const startId = (format: ObjectFormat, type: ObjectType, bytes: number): Hash =>
  createHash(format.name).update(headOf(type, bytes))

const headOf = (type: ObjectType, bytes: number): string => `${type} ${bytes}\0`
