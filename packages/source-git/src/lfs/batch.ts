import { anyType, type GitAsk } from '../wire/git-server.ts'
import { type DownloadAction, downloadAction } from './download-action.ts'
import type { LfsPointer } from './lfs-pointer.ts'
import { asLfs, lfsMissing, lfsNotAvailable, lfsProtocol } from './lfs-refusals.ts'

/** As many as Git LFS asks for at once. */
export const largestBatch = 100

/** Signed links and headers of a hundred objects have less. */
const maxAnswerBytes = 4 * 1024 * 1024
const mediaType = 'application/vnd.git-lfs+json'

/** Where one object is, or why it cannot be had. Throws `LFS_OBJECT_MISSING` and `LFS_PROTOCOL_ERROR`. */
export type FindAction = (pointer: LfsPointer) => DownloadAction

/**
 * Asks an LFS server where objects are, in one request (git-lfs, docs/api/batch.md). What is wrong with one of them is told
 * when that one is looked up.
 *
 * Throws `LFS_NOT_AVAILABLE`, `LFS_PROTOCOL_ERROR`, and what asking over HTTP does.
 */
export async function askBatch(
  ask: GitAsk,
  url: string,
  pointers: readonly LfsPointer[],
  signal: AbortSignal,
): Promise<FindAction> {
  const objects = pointers.map(({ oid, size }) => ({ oid, size }))
  const question = { operation: 'download', transfers: ['basic'], hash_algo: 'sha256', objects }
  const request = {
    path: '/objects/batch',
    body: Buffer.from(JSON.stringify(question)),
    type: mediaType,
    headers: { accept: mediaType },
    expects: anyType,
    maxBytes: maxAnswerBytes,
    signal,
  }
  const { text, quote } = await asLfs(
    async () => {
      const { body, quote } = await ask(request)
      return { text: await textOf(body), quote }
    },
    {
      notFound: () => lfsNotAvailable(url),
      nonsense: () => lfsProtocol(url, 'that it refuses the question, or answers without end'),
    },
  )
  const listed = objectsIn(text, url)
  return ({ oid, size }) => {
    const found = listed.find((object) => object.oid === oid)
    if (found === undefined) throw lfsMissing(url, oid, 'nothing said about it')
    const { error, actions } = found
    if (error !== undefined && error !== null)
      throw lfsMissing(url, oid, `that it has none (${quote(errorIn(error))})`)
    if (found.size !== size) throw lfsMissing(url, oid, 'one of another size')
    if (actions?.download === undefined) throw lfsMissing(url, oid, 'no address for it')
    return downloadAction(actions.download, url, quote)
  }
}

interface ListedObject {
  readonly oid?: unknown
  readonly size?: unknown
  readonly error?: unknown
  readonly actions?: { readonly download?: unknown } | null
}

function objectsIn(text: string, url: string): readonly ListedObject[] {
  let answer: { readonly transfer?: unknown; readonly hash_algo?: unknown; readonly objects?: unknown } | null
  try {
    answer = JSON.parse(text) as typeof answer
  } catch {
    throw lfsProtocol(url, 'no JSON')
  }
  const { transfer = 'basic', hash_algo = 'sha256', objects } = answer ?? {}
  if (!Array.isArray(objects)) throw lfsProtocol(url, 'no list of objects')
  if (transfer !== 'basic') throw lfsProtocol(url, 'a way of transfer that was not offered')
  if (hash_algo !== 'sha256') throw lfsProtocol(url, 'another algorithm than SHA-256')
  return objects.filter((object): object is ListedObject => typeof object === 'object' && object !== null)
}

/** The number and the words of an error about one object. */
function errorIn(error: unknown): string {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown }
  return [code, message].filter((part) => typeof part === 'number' || typeof part === 'string').join(' ')
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
