import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { MooringError } from '@mooring/core'
import { cutShort } from './pkt-line.ts'

/** What a pack says of itself. */
export interface PackSummary {
  /** Its checksum, which also names it. */
  readonly checksum: string
  /** How many objects it announces. */
  readonly objects: number
}

const checksumLength = 20
const headLength = 12

/**
 * Writes a pack to a file as it arrives and compares its checksum, holding no more than a chunk. What the file holds
 * after an error is worth nothing.
 *
 * Throws `REPOSITORY_CORRUPT`.
 */
export async function writePack(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  from: string,
): Promise<PackSummary> {
  const hash = createHash('sha1')
  let head: Buffer = Buffer.alloc(0)
  // The last 20 bytes are the checksum of all before them, and nobody says beforehand which are the last.
  let tail: Buffer = Buffer.alloc(0)
  await using handle = await open(file, 'wx', 0o600)
  for await (const chunk of chunks) {
    await handle.appendFile(chunk)
    if (head.length < headLength) head = Buffer.concat([head, chunk.subarray(0, headLength)])
    const held = Buffer.concat([tail, chunk])
    const cut = Math.max(0, held.length - checksumLength)
    hash.update(held.subarray(0, cut))
    tail = held.subarray(cut)
  }
  if (head.length < headLength || tail.length < checksumLength) throw cutShort(from)
  const checksum = tail.toString('hex')
  if (hash.digest('hex') !== checksum) throw damagedPack(from, 'another checksum than the pack announces')
  if (head.toString('latin1', 0, 4) !== 'PACK') throw damagedPack(from, 'something that is no pack')
  return { checksum, objects: head.readUInt32BE(8) }
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
