import { breather } from './breather.ts'
import { type ByteFeed, byteFeed } from './byte-feed.ts'
import { type DeltaTangle, deltaTangle } from './delta-tangle.ts'
import { type EntryHead, readEntryHead } from './entry-head.ts'
import { type Inflated, inflateEntry } from './inflate-entry.ts'
import { type ObjectFormat, type ObjectType, startId } from './object-format.ts'
import { damagedPack, overLimit, type PackLimits } from './pack-refusals.ts'

/** Takes in the objects of a pack. None of them may be used before the whole pack has been read. */
export interface PackSink {
  /** An object whose content hashes to its id. A promise when it wants the reader to wait. */
  readonly add: (id: string, type: ObjectType, content: Buffer) => Promise<void> | undefined
  /** An object that was too large to be kept: its id and size have been checked, its content is gone. */
  readonly note: (id: string, type: ObjectType, bytes: number) => void
  /** Whether an object was added. */
  readonly has: (id: string) => boolean
  /** The content of an object that was added. A promise when it has to be looked for. */
  readonly get: (id: string) => Added | Promise<Added>
}

/** An object that was added. */
export interface Added {
  readonly type: ObjectType
  readonly content: Buffer
}

/** How a pack is read. */
export interface ReadPackOptions {
  readonly format: ObjectFormat
  readonly limits: PackLimits
  /** Whose pack it is, for messages. */
  readonly from: string
  readonly signal: AbortSignal
}

/** What was in a pack. */
export interface PackSummary {
  readonly objects: number
  /** Objects that were not kept and whose ids are not known: changes that make something over the limit of size. */
  readonly leftOut: number
}

const headBytes = 12

/**
 * Reads a pack (gitformat-pack(5), versions 2 and 3) as it arrives: every object is inflated within its announced size,
 * changes are applied, every id is computed, and the checksum of the pack is compared at the end. Holds no more than a few
 * objects at a time, and lets the event loop go every few milliseconds.
 *
 * Throws `DELTA_TOO_DEEP`, `INFLATED_TOO_LARGE`, `GIT_OBJECT_TOO_LARGE`, `REPOSITORY_CORRUPT` and `TOO_MANY_OBJECTS`, and what
 * the chunks and the sink throw.
 */
export async function readPack(
  chunks: AsyncIterable<Uint8Array>,
  sink: PackSink,
  options: ReadPackOptions,
): Promise<PackSummary> {
  const feed = byteFeed(chunks, options.format.name)
  try {
    return await readEntries(feed, sink, options)
  } finally {
    await feed.close()
  }
}

async function readEntries(feed: ByteFeed, sink: PackSink, options: ReadPackOptions): Promise<PackSummary> {
  const { format, limits, from, signal } = options
  const objects = await readHead(feed, from)
  if (objects > limits.maxObjects) throw overLimit('objects', limits.maxObjects, from)
  const breathe = breather(signal)
  const tangle = deltaTangle(sink, { ...options, breathe })
  const spend = inflateBudget(limits.maxInflatedBytes, from)
  for (let count = 0; count < objects; count++) {
    const pause = breathe()
    if (pause !== undefined) await pause
    const at = feed.taken()
    const head = headHere(feed, format) ?? (await nextHead(feed, format, from))
    spend(head.size)
    if (head.kind === 'whole' && head.size > limits.maxObjectBytes) {
      await readLarge(feed, head, at, tangle, options)
      continue
    }
    if (head.size > limits.maxObjectBytes) throw overLimit('object', limits.maxObjectBytes, from)
    const coming = inflateEntry(feed, head.size)
    const content = sound(coming instanceof Promise ? await coming : coming, from)
    const wait =
      head.kind === 'whole'
        ? tangle.found(at, head.type, content)
        : tangle.change(at, head.kind === 'id-delta' ? head.base : at - head.back, content, spend)
    if (wait !== undefined) await wait
  }
  await readChecksum(feed, format, from)
  const { resolved, leftOut } = tangle.counts()
  if (resolved + leftOut === objects) return { objects, leftOut }
  throw damagedPack(from, `${resolved} of the ${objects} objects it announces, and changes to others`)
}

/** Hashes a file that is too large to be kept. */
async function readLarge(
  feed: ByteFeed,
  { type, size }: EntryHead & { readonly kind: 'whole' },
  at: number,
  tangle: DeltaTangle,
  { format, limits, from }: ReadPackOptions,
): Promise<void> {
  if (type !== 'blob') throw overLimit('object', limits.maxObjectBytes, from)
  const id = startId(format, type, size)
  sound(await inflateEntry(feed, size, (piece) => id.update(piece)), from)
  await tangle.tooLarge(at, id.digest('hex'), type, size)
}

async function readHead(feed: ByteFeed, from: string): Promise<number> {
  while (feed.here().length < headBytes)
    if (!(await feed.more())) throw damagedPack(from, 'one without a head')
  const head = feed.here()
  const version = head.readUInt32BE(4)
  if (head.toString('latin1', 0, 4) !== 'PACK' || (version !== 2 && version !== 3)) {
    throw damagedPack(from, 'something that is no pack')
  }
  feed.take(headBytes)
  return head.readUInt32BE(8)
}

/** The head of the next entry if all of it is here. */
function headHere(feed: ByteFeed, { idBytes }: ObjectFormat): EntryHead | undefined {
  const head = readEntryHead(feed.here(), idBytes)
  if (typeof head === 'string') return undefined
  feed.take(head.length)
  return head
}

async function nextHead(feed: ByteFeed, format: ObjectFormat, from: string): Promise<EntryHead> {
  for (;;) {
    if (readEntryHead(feed.here(), format.idBytes) === 'malformed') {
      throw damagedPack(from, 'an object of no known type')
    }
    const head = headHere(feed, format)
    if (head !== undefined) return head
    if (!(await feed.more())) throw damagedPack(from, 'one that ends in the middle')
  }
}

function sound(inflated: Inflated, from: string): Buffer {
  if (inflated === 'short') throw damagedPack(from, 'one that ends in the middle')
  if (inflated === 'malformed') throw damagedPack(from, 'an object that is not what its head says')
  return inflated
}

/** The last bytes of a pack are the digest of all before them, and nothing may follow. */
async function readChecksum(feed: ByteFeed, { idBytes }: ObjectFormat, from: string): Promise<void> {
  while (feed.here().length < idBytes) {
    if (!(await feed.more())) throw damagedPack(from, 'one that ends in the middle')
  }
  const announced = feed.here().toString('hex', 0, idBytes)
  if (feed.digest() !== announced) throw damagedPack(from, 'another checksum than the pack announces')
  feed.take(idBytes)
  do if (feed.here().length > 0) throw damagedPack(from, 'more behind its end')
  while (await feed.more())
}

/** Throws when more has been spent than there was. */
function inflateBudget(max: number, from: string): (bytes: number) => void {
  let left = max
  return (bytes) => {
    left -= bytes
    if (left < 0) throw overLimit('inflated', max, from)
  }
}
