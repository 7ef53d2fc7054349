import { join } from 'node:path'
import { MooringError, type ResourceKey } from '@mooring/core'
import { openFolder } from './folder.ts'
import { append, beginMarker, compact } from './journal.ts'
import { lookAt, readPlain } from './look.ts'
import {
  type Claim,
  claimLine,
  damaged,
  extendMarker,
  type Marker,
  markerName,
  noMarker,
  parseMarker,
  type Unclaim,
  unclaimLine,
} from './marker.ts'

/** Who keeps which file of one directory, kept in its marker. Any number of these may work on one directory at once. */
export interface Claims {
  /** What the marker says now. It is read again only when it was written since. */
  readonly read: () => Promise<Marker>
  /** Begins or changes a claim, or ends it. Resolves once that would survive a power cut. */
  readonly set: (key: ResourceKey, claim: Claim | Unclaim | undefined) => Promise<void>
}

/** The claims of a directory. No I/O before they are used. */
export function openClaims(root: string): Claims {
  let known: { readonly stamp: string; readonly marker: Marker } | undefined
  const path = join(root, markerName)

  const read = async (): Promise<Marker> => {
    await using folder = await openFolder(root, '')
    const look = folder && (await lookAt(folder, markerName))
    if (folder === undefined || look === undefined) return noMarker()
    if (look.kind !== 'file') throw damaged(path, 1)
    if (known?.stamp === look.stamp) return known.marker
    const { look: now, bytes } = await readPlain(folder, markerName)
    known = { stamp: now.stamp, marker: parseMarker(Buffer.from(bytes), path) }
    return known.marker
  }

  const write = async (entries: readonly Entry[]): Promise<void> => {
    await using folder = await openFolder(root, '', true)
    if (folder === undefined) return
    const first = entries.map(([, claim]) => claim).find((claim) => claim !== undefined && 'owner' in claim)
    const owner = first !== undefined && 'owner' in first ? first.owner : undefined
    let marker = await read()
    if (marker.installation === undefined) {
      if (owner === undefined) return
      await beginMarker(folder, owner.installation)
      marker = await read()
    }
    if (marker.torn || marker.lines > 2 * marker.claims.size + 64) {
      await compact(folder, path)
      marker = await read()
    }
    if (marker.torn) throw beingRepaired(path)
    const lines = entries.map((entry) => lineOf(marker.installation ?? '', entry)).join('')
    const { size, stamp } = await append(folder, lines)
    // Ours alone was added: no need to read again what we have just written.
    if (size === marker.complete + Buffer.byteLength(lines))
      known = { stamp, marker: extendMarker(marker, lines) }
  }

  const { add, settled } = inBatches(write)
  return {
    // In the middle of a write, everybody would read again what the write knows at its end.
    read: () => settled().then(read),
    set: (key, claim) => add([key, claim]),
  }
}

type Entry = readonly [ResourceKey, Claim | Unclaim | undefined]

const lineOf = (installation: string, [key, claim]: Entry): string =>
  claim !== undefined && 'owner' in claim
    ? claimLine(installation, key, claim)
    : unclaimLine(installation, key, claim ?? {})

/** One write for all entries that arrive while the one before is under way. */
function inBatches(write: (entries: readonly Entry[]) => Promise<void>): Batches {
  let waiting: Entry[] = []
  let next: Promise<void> | undefined
  let current: Promise<void> = Promise.resolve()
  return {
    add: (entry) => {
      waiting.push(entry)
      next ??= current.then(() => {
        const entries = waiting
        waiting = []
        next = undefined
        return write(entries)
      })
      current = next.catch(() => {})
      return next
    },
    settled: () => current,
  }
}

interface Batches {
  readonly add: (entry: Entry) => Promise<void>
  /** Resolves when what was added so far is written, or has failed. */
  readonly settled: () => Promise<void>
}

const beingRepaired = (path: string): MooringError =>
  new MooringError({
    code: 'MARKER_BUSY',
    kind: 'transient',
    message: `Expected to add a line to ${path}, but its last line is incomplete and another target is repairing it`,
    hint: 'It is tried again. After a crash in the middle of a repair this takes up to ten minutes.',
  })
