import { createHash, randomBytes } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { idOf, type ObjectType, sha1 } from '../src/pack/object-format.ts'
import type { PackLimits } from '../src/pack/pack-refusals.ts'
import { type PackSink, type PackSummary, readPack } from '../src/pack/read-pack.ts'
import { calm } from './scene.ts'

const codes = { commit: 1, tree: 2, blob: 3, tag: 4 } as const

/** An entry of a pack, byte for byte. The size can lie. */
export function entry(
  code: number | keyof typeof codes,
  content: Uint8Array | string,
  { size, base }: { readonly size?: number; readonly base?: Buffer } = {},
): Buffer {
  const bytes = Buffer.from(content)
  return Buffer.concat([
    entryHead(typeof code === 'number' ? code : codes[code], size ?? bytes.length),
    base ?? Buffer.alloc(0),
    deflateSync(bytes),
  ])
}

function entryHead(code: number, size: number): Buffer {
  const bytes = [(code << 4) | (size % 16)]
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80
    bytes.push(rest % 128)
  }
  return Buffer.from(bytes)
}

/** How far back the base of a delta is, as it stands behind the head. */
export function back(distance: number): Buffer {
  const bytes = [distance % 128]
  for (let rest = Math.floor(distance / 128); rest > 0; rest = Math.floor(rest / 128)) {
    rest -= 1
    bytes.unshift((rest % 128) | 0x80)
  }
  return Buffer.from(bytes)
}

/** A delta that begins with these sizes. */
export const delta = (base: number, result: number, ...instructions: readonly Buffer[]): Buffer =>
  Buffer.concat([varint(base), varint(result), ...instructions])

/** The instruction to copy from the base. */
export const copy = (start: number, length: number): Buffer =>
  Buffer.from([
    0xff,
    ...[0, 1, 2, 3].map((at) => Math.floor(start / 256 ** at) % 256),
    ...[0, 1, 2].map((at) => Math.floor(length / 256 ** at) % 256),
  ])

/** The instruction to insert up to 127 bytes. */
export const insert = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)])

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) | 0x80)
    if (rest < 128) return Buffer.from(bytes)
  }
}

/** A pack of these entries, with the right checksum. The count can lie. */
export function packWith(entries: readonly Buffer[], count: number = entries.length): Buffer {
  const head = Buffer.alloc(12)
  head.write('PACK')
  head.writeUInt32BE(2, 4)
  head.writeUInt32BE(count, 8)
  return sealed(Buffer.concat([head, ...entries]))
}

/** Bytes with their checksum behind them. */
export const sealed = (bytes: Buffer): Buffer =>
  Buffer.concat([bytes, createHash('sha1').update(bytes).digest()])

/** Generous, and small enough for a test to reach. */
const testLimits: PackLimits = {
  maxObjects: 10_000,
  maxInflatedBytes: 50_000_000,
  maxObjectBytes: 2_000_000,
  maxDeltaDepth: 100,
}

/** What reading a pack gives. */
export interface ReadBack {
  readonly summary: PackSummary
  readonly objects: ReadonlyMap<string, { readonly type: ObjectType; readonly content: Buffer }>
  readonly tooLarge: ReadonlyMap<string, number>
}

/** Reads a pack that arrives in pieces of some size. */
export async function readBack(
  pack: Uint8Array,
  options: {
    readonly limits?: Partial<PackLimits>
    readonly pieces?: number
    readonly format?: typeof sha1
  } = {},
): Promise<ReadBack> {
  const objects = new Map<string, { type: ObjectType; content: Buffer }>()
  const tooLarge = new Map<string, number>()
  const sink: PackSink = {
    add: (id, type, content) => void objects.set(id, { type, content }),
    note: (id, _type, bytes) => void tooLarge.set(id, bytes),
    has: (id) => objects.has(id),
    get: async (id) => objects.get(id) ?? { type: 'blob', content: Buffer.alloc(0) },
  }
  const summary = await readPack(inPieces(pack, options.pieces ?? 1000), sink, {
    format: options.format ?? sha1,
    limits: { ...testLimits, ...options.limits },
    from: 'the test',
    signal: calm,
  })
  return { summary, objects, tooLarge }
}

/** Bytes as a network brings them. */
export async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

/** The id of a blob. */
export const blobId = (content: Uint8Array | string): string => idOf(sha1, 'blob', Buffer.from(content))

/** Text that hardly compresses. */
export const noise = (bytes: number): string => randomBytes(bytes / 2).toString('hex')
