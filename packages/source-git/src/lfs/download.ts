import { createHash } from 'node:crypto'
import { isMooringError, type MooringError } from '@mooring/core'
import { anyType, type GitAsk } from '../wire/git-server.ts'
import type { DownloadAction } from './download-action.ts'
import type { LfsPointer } from './lfs-pointer.ts'
import { asLfs, lfsCorrupt, lfsMissing, lfsRedirected } from './lfs-refusals.ts'

/**
 * Downloads one object, and gives it when it has the size and the SHA-256 that its pointer says. Never reads further than
 * that size.
 *
 * Throws `GIT_REDIRECTED`, `LFS_OBJECT_CORRUPT`, `LFS_OBJECT_MISSING`, and what asking over HTTP does.
 */
export function download(
  ask: GitAsk,
  { location: { url }, path, headers }: DownloadAction,
  { oid, size }: LfsPointer,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const work = async (): Promise<Uint8Array> => {
    const { body } = await ask({ path, headers, expects: anyType, maxBytes: size, signal })
    const chunks: Uint8Array[] = []
    for await (const chunk of body) chunks.push(chunk)
    return Buffer.concat(chunks)
  }
  const refusing = async (): Promise<Uint8Array> => {
    try {
      return await work()
    } catch (thrown) {
      const code = isMooringError(thrown) ? thrown.code : undefined
      if (code === 'AUTHENTICATION_FAILED') throw refused(url, oid)
      if (code === 'GIT_REDIRECTED') throw lfsRedirected(url, oid)
      throw thrown
    }
  }
  return asLfs(refusing, {
    notFound: () => lfsMissing(url, oid, 'none'),
    nonsense: () => lfsCorrupt(url, oid, 'more than its size, or a refusal'),
  }).then((content) => {
    if (content.byteLength !== size)
      throw lfsCorrupt(url, oid, `${content.byteLength} bytes instead of ${size}`)
    const found = createHash('sha256').update(content).digest('hex')
    if (found !== oid) throw lfsCorrupt(url, oid, `content whose SHA-256 is ${found}`)
    return content
  })
}

/** Credentials are for whoever says where content is, not for whoever has it. */
const refused = (url: string, oid: string): MooringError =>
  lfsMissing(url, oid, 'that the link the LFS server gave for it is refused there')
