import type { ApplicationState, InventoryEntry, Versioned } from '@mooring/core'
import { readChunk } from './chunks.ts'
import { readsAtOnce } from './fold-inventory.ts'
import { followHead } from './heads.ts'
import { inParallel } from './in-parallel.ts'
import { withRecent } from './merge-recent.ts'
import type { StoreParts } from './store-parts.ts'

/** What was committed of an application, or undefined when nothing was. */
export const loadState = (
  parts: StoreParts,
  application: string,
  signal: AbortSignal,
): Promise<Versioned<ApplicationState> | undefined> =>
  followHead(parts, application, signal, async (head) => {
    if (head?.document === undefined) return undefined
    const { version, head: kept, chunks, recent } = head.document
    const entries = await inParallel(chunks, readsAtOnce, (chunk) =>
      readChunk<InventoryEntry>(parts, head.segment, chunk, signal),
    )
    const inventory = new Map(withRecent(entries.flat(), recent).map((entry) => [entry.key, entry]))
    return { value: { formatVersion: 1, head: kept, inventory }, version }
  })
