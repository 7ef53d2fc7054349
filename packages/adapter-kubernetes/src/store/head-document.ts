import type { ApplicationHead, HistoryEntry, InventoryEntry, ResourceKey } from '@mooring/core'
import { isRecord } from '../objects/record.ts'

/** The state of an application at one commit. */
export interface HeadDocument {
  readonly application: string
  /** Made by the commit, never used twice. */
  readonly version: string
  readonly head: ApplicationHead
  /** In order of `from`. */
  readonly chunks: readonly InventoryChunk[]
  /** What was set and removed since the chunks were written. It counts more than they do. */
  readonly recent: RecentEntries
  /** Oldest first. */
  readonly historyChunks: readonly HistoryChunk[]
  /** Newer than all in the chunks, the newest last. */
  readonly recentHistory: readonly HistoryEntry[]
}

/** Entries in the head. No key is in both. */
export interface RecentEntries {
  readonly set: readonly InventoryEntry[]
  /** Keys of entries in chunks that are no more. */
  readonly removed: readonly ResourceKey[]
}

/** Where a part of the state stands, and what it must be. */
export interface Chunk {
  /** Of its Secret. */
  readonly name: string
  readonly checksum: string
  readonly count: number
}

/** Entries in order of their keys: all from this key on, up to the next chunk's. */
export interface InventoryChunk extends Chunk {
  readonly from: ResourceKey
  /** Of its JSON. */
  readonly size: number
}

/** History entries, oldest first. */
export interface HistoryChunk extends Chunk {
  /** The earliest time in it. */
  readonly since: number
}

/** Nothing yet. */
export const emptyDocument = (application: string): HeadDocument => ({
  application,
  version: '',
  head: { deletions: [] },
  chunks: [],
  recent: { set: [], removed: [] },
  historyChunks: [],
  recentHistory: [],
})

/** Names of the Secrets that a state stands in, beside its head. */
export const chunkNamesOf = (document: HeadDocument | undefined): readonly string[] =>
  document === undefined ? [] : [...document.chunks, ...document.historyChunks].map(({ name }) => name)

/** Whether a value that a checksum has vouched for is the state of this application. */
export function isDocumentOf(value: unknown, application: string): value is HeadDocument {
  if (!isRecord(value) || value.application !== application || typeof value.version !== 'string') return false
  const { recent } = value
  const lists = [value.chunks, value.historyChunks, value.recentHistory]
  return (
    isRecord(value.head) &&
    isRecord(recent) &&
    [...lists, recent.set, recent.removed].every((list) => Array.isArray(list))
  )
}
