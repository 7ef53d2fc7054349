import type { StateDelta, Store } from '@mooring/core'
import { appendHistory } from './append-history.ts'
import type { ChunkWriting } from './chunks.ts'
import { contentOf } from './content.ts'
import { foldInventory } from './fold-inventory.ts'
import { chunkNamesOf, emptyDocument, type HeadDocument } from './head-document.ts'
import { followHead, type Head } from './heads.ts'
import { assertLatest, maxTries, register } from './installation.ts'
import { mergeRecent } from './merge-recent.ts'
import { type ChunkPart, headName, newId, segmentOf } from './object-names.ts'
import { stateConflict, stateTooLarge, storeBusy } from './store-errors.ts'
import type { StoreParts } from './store-parts.ts'

/** What a commit builds on. */
export type Basis = Parameters<Store['commit']>[2]

/**
 * Writes what a delta changes, and gives the new version. Chunks first, then the head that names them in one
 * compare-and-set, then deletes what it names no more.
 */
export async function commitDelta(
  parts: StoreParts,
  application: string,
  delta: StateDelta,
  basis: Basis,
): Promise<string> {
  const version = newId()
  const attempt = (head: Head | undefined) => tryCommit(parts, { application, delta, version }, basis, head)
  for (let tries = 0; tries < maxTries; tries++) {
    if (await followHead(parts, application, basis.signal, attempt)) return version
  }
  throw storeBusy(parts.scope, headName(parts.scope, segmentOf(application)))
}

interface Commit {
  readonly application: string
  readonly delta: StateDelta
  readonly version: string
}

/** False where the head moved on before it could be replaced: then somebody has to look again. */
async function tryCommit(
  parts: StoreParts,
  commit: Commit,
  basis: Basis,
  head: Head | undefined,
): Promise<boolean> {
  const { application, version } = commit
  const { signal, expected, epoch } = basis
  const before = head?.document
  // An earlier attempt had its effect, and its answer was that it comes too late.
  if (before?.version === version) return true
  if (head?.epoch !== epoch) await assertLatest(parts, epoch, signal)
  if (before?.version !== expected) throw stateConflict(application, expected, before?.version)
  const place = before === undefined ? await reserve(parts, application, head, epoch, signal) : head
  if (place === undefined) return false
  const { segment } = place
  const written: string[] = []
  try {
    const next = await nextDocument(
      parts,
      before ?? emptyDocument(application),
      commit,
      (part) => {
        return { part, segment, epoch, onName: (name) => written.push(name) }
      },
      signal,
    )
    const suspects = parts.garbage.suspects(segment)
    if (!(await replaceHead(parts, place, next, epoch, signal))) return false
    const kept = new Set(chunkNamesOf(next))
    const vain = new Set([...suspects, ...chunkNamesOf(before)].filter((name) => !kept.has(name)))
    written.length = 0
    await parts.garbage.collect(parts.secrets, segment, [...vain], signal)
    return true
  } finally {
    parts.garbage.suspect(segment, written)
  }
}

async function nextDocument(
  parts: StoreParts,
  before: HeadDocument,
  { delta, version }: Commit,
  writingOf: (part: ChunkPart) => ChunkWriting,
  signal: AbortSignal,
): Promise<HeadDocument> {
  const { limits } = parts
  const recent = mergeRecent(before.recent, delta, before.chunks.length > 0)
  const merged = { chunks: before.chunks, recent }
  const isLarge = JSON.stringify(recent).length > limits.headInventory
  const inventory = isLarge ? await foldInventory(parts, merged, writingOf('inventory'), signal) : merged
  const history = await appendHistory(parts, before, delta.history, writingOf('history'), signal)
  return { ...before, version, head: delta.head, ...inventory, ...history }
}

async function replaceHead(
  { secrets, scope, limits }: StoreParts,
  { segment, resourceVersion }: Pick<Head, 'segment' | 'resourceVersion'>,
  document: HeadDocument,
  epoch: number,
  signal: AbortSignal,
): Promise<boolean> {
  const { application } = document
  const name = headName(scope, segment)
  const state = await contentOf(document)
  if (state.length > limits.objectBytes) throw stateTooLarge(scope, name, state.length, limits.objectBytes)
  const object = { name, part: 'application', segment, application, epoch, data: { state } } as const
  return (await secrets.replace(object, resourceVersion, signal)) !== undefined
}

/**
 * Makes room for a first head, empty, and registers the application under this epoch. An opening that comes after lists
 * what was made before, and adopts it: so first commits are fenced off like all others. Undefined where somebody else
 * made it at the same time.
 */
async function reserve(
  parts: StoreParts,
  application: string,
  head: Head | undefined,
  epoch: number,
  signal: AbortSignal,
): Promise<Pick<Head, 'segment' | 'resourceVersion'> | undefined> {
  const segment = segmentOf(application)
  const name = headName(parts.scope, segment)
  const reserved = { name, part: 'reserved', segment, application, epoch, data: {} } as const
  const made = head === undefined ? await parts.secrets.create(reserved, signal) : undefined
  const place = head ?? made
  if (place === undefined) return undefined
  await register(parts, { segment, application }, epoch, signal)
  return { segment, resourceVersion: place.resourceVersion }
}
