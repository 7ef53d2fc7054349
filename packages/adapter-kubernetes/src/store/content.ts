import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'

/** A value as the content of an object: JSON, compressed to a third or less, with gzip's own checksum. */
export const contentOf = async (value: unknown): Promise<Uint8Array> => compress(JSON.stringify(value))

/** The other way round. Throws whatever says that this is not what was written. */
export async function valueIn(content: Uint8Array): Promise<unknown> {
  const text = await decompress(content, { maxOutputLength: 256 * 1024 * 1024 })
  return JSON.parse(text.toString('utf8')) as unknown
}

/** Tells whether a chunk is the one its head names. */
export const checksumOf = (...contents: readonly (Uint8Array | string)[]): string => {
  const hash = createHash('sha256')
  for (const content of contents) hash.update(content)
  return hash.digest('hex').slice(0, 32)
}

const compress = promisify(gzip)
const decompress = promisify(gunzip) as (
  content: Uint8Array,
  options: { readonly maxOutputLength: number },
) => Promise<Buffer>
