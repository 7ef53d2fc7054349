import { checksumOf, contentOf, valueIn } from './content.ts'
import type { Chunk } from './head-document.ts'
import type { ChunkPart } from './object-names.ts'
import { newChunkName } from './object-names.ts'
import { stateTooLarge, storeDamaged } from './store-errors.ts'
import type { StoreParts } from './store-parts.ts'

/** What was written in a chunk. Throws `STORE_DAMAGED` where it is not there or anything else. */
export async function readChunk<Item>(
  { secrets, scope }: StoreParts,
  segment: string,
  chunk: Chunk,
  signal: AbortSignal,
): Promise<readonly Item[]> {
  const { name, checksum, count } = chunk
  const damaged = (what: string, cause?: unknown) => storeDamaged(scope, name, segment, what, cause)
  const object = await secrets.get(name, signal)
  if (object === undefined) throw damaged('it is not there')
  const { items } = object.data
  if (items === undefined || checksumOf(items) !== checksum) throw damaged('its checksum is wrong')
  let value: unknown
  try {
    value = await valueIn(items)
  } catch (thrown) {
    throw damaged('it cannot be read', thrown)
  }
  if (!Array.isArray(value) || value.length !== count) throw damaged('it is not complete')
  return value as readonly Item[]
}

/** What a chunk is written under. */
export interface ChunkWriting {
  readonly part: ChunkPart
  readonly segment: string
  readonly epoch: number
  /** Told of each name before it is used: whoever writes it down can delete what nobody came to need. */
  readonly onName: (name: string) => void
}

/** Writes a chunk under a name of its own. Nobody sees it before a head names it. */
export async function writeChunk(
  { secrets, scope, limits }: StoreParts,
  { part, segment, epoch, onName }: ChunkWriting,
  list: readonly unknown[],
  signal: AbortSignal,
): Promise<Chunk> {
  const name = newChunkName(scope, part, segment)
  const items = await contentOf(list)
  if (items.length > limits.objectBytes) throw stateTooLarge(scope, name, items.length, limits.objectBytes)
  onName(name)
  // One of this name that is there already is this one, sent again after an answer that said to come back.
  await secrets.create({ name, part, segment, epoch, data: { items } }, signal)
  return { name, checksum: checksumOf(items), count: list.length }
}
