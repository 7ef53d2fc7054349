import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { checkWhole, type Known } from '../objects/connectivity.ts'
import type { GitObject } from '../objects/git-object.ts'
import { damaged, type ObjectReader } from '../objects/object-reader.ts'
import { formatOf, idOf } from '../pack/object-format.ts'
import type { PackLimits } from '../pack/pack-refusals.ts'
import { readPack } from '../pack/read-pack.ts'
import type { ContentCache } from './content-cache.ts'
import { draftSegment, type Segment, type SegmentDraft } from './segment.ts'

/** A folder of our own with objects that were downloaded. What is in it has been verified, and only ever grows. */
export interface ObjectFolder {
  readonly reader: ObjectReader
  /** How many files it has. */
  readonly segments: () => number
  readonly bytes: () => number
  /** False once somebody, such as a cleaner of temporary files, has removed it. */
  readonly isThere: () => boolean
  /** Commits that were asked for and are here with everything in them. */
  readonly tips: () => readonly string[]
  /** Commits whose parents are not here. */
  readonly shallows: () => readonly string[]
  /** Whether a commit is here with every folder in it, and every file that cannot be brought later. */
  readonly holds: (commit: string, signal: AbortSignal) => Promise<boolean>
  /**
   * Takes in a pack that holds up: read to its end, every object accounted for, and the commit whole. Otherwise nothing
   * changes. False when there is no pack, or when it is sound but the commit is not in it. Not to be called while another
   * one runs. Throws `REPOSITORY_CORRUPT`, and what reading a pack does.
   */
  readonly take: (commit: string, download: Download, signal: AbortSignal) => Promise<boolean>
  /**
   * Takes in files: those that `lender` has from there, the others from a pack. False when there is no pack. Throws as
   * `take` does, also when one of them is not in the pack.
   */
  readonly bring: (ids: readonly string[], from: Brought, signal: AbortSignal) => Promise<boolean>
  readonly remove: () => Promise<void>
}

/** Begins a download. Undefined: there is none. */
export type Download = () => Promise<Downloaded | undefined>

/** A pack on its way. */
export interface Downloaded {
  readonly pack: AsyncIterable<Uint8Array>
  readonly shallows: readonly string[]
  /** Whether files were left out on purpose. */
  readonly isPartial: boolean
}

/** Where files come from. */
export interface Brought {
  readonly lender: Pick<ObjectReader, 'read'> | undefined
  readonly download: (ids: readonly string[]) => Promise<Downloaded | undefined>
  /** All files of a commit. */
  readonly downloadAll: (commit: string) => Promise<Downloaded | undefined>
}

/** What a folder of objects needs to know. */
export interface ObjectFolderOptions {
  /** What messages call the repository. */
  readonly place: string
  readonly limits: PackLimits
  readonly cache: ContentCache
  /** Is told how many objects came in a pack. */
  readonly onObjects?: (count: number) => void
}

/** From this part of a snapshot on, all of it comes faster than file by file: the server has it packed already. */
const largePart = 0.3
const fewFiles = 1000

/** Makes an empty folder of objects below another. */
export async function createObjectFolder(
  parent: string,
  { place, limits, cache, onObjects }: ObjectFolderOptions,
): Promise<ObjectFolder> {
  const folder = await mkdtemp(join(parent, 'objects-'))
  const reader = readSegments(() => segments, cache, place)
  let segments: readonly Segment[] = []
  const whole = new Set<string>()
  const tips = new Set<string>()
  const shallows = new Set<string>()
  let isPartial = false
  let named = 0
  /** About how many files a snapshot has. */
  let files = 0

  const isKnown = (id: string): boolean =>
    segments.some((segment) => segment.has(id) || segment.tooLarge(id) !== undefined)

  const publish = async (draft: SegmentDraft): Promise<void> => {
    if (draft.isEmpty()) return draft.discard()
    segments = [await draft.publish(join(folder, `segment-${named++}`)), ...segments]
  }

  const drafted = async <Value>(
    commit: string,
    work: (draft: SegmentDraft) => Promise<Value>,
  ): Promise<Value> => {
    const draft = await draftSegment(join(folder, `staging-${commit}-${named++}`), cache)
    try {
      return await work(draft)
    } catch (thrown) {
      await draft.discard()
      throw thrown
    }
  }

  const holds = async (commit: string, signal: AbortSignal): Promise<boolean> => {
    if (whole.has(commit)) return true
    if (!isKnown(commit)) return false
    const mayLack = isPartial ? 'any' : isKnown
    const found = await checkWhole(reader, { whole, mayLack }, { commit, place, signal })
    for (const id of found?.ids ?? []) whole.add(id)
    return found !== undefined
  }

  const take = (commit: string, download: Download, signal: AbortSignal): Promise<boolean> =>
    drafted(commit, async (draft) => {
      const downloaded = await download()
      if (downloaded === undefined) return draft.discard().then(() => false)
      const format = formatOf(commit)
      const { leftOut, objects } = await readPack(downloaded.pack, draft, {
        format,
        limits,
        from: place,
        signal,
      })
      onObjects?.(objects)
      const lacks = isPartial || downloaded.isPartial || leftOut > 0
      const isHere = (id: string): boolean => draft.has(id) || draft.tooLarge(id) !== undefined || isKnown(id)
      const both = { read: async (id: string) => (await draft.read(id)) ?? reader.read(id) }
      const known: Known = { whole, mayLack: lacks ? 'any' : isHere }
      const found = await checkWhole(both, known, { commit, place, signal })
      if (found === undefined) return draft.discard().then(() => false)
      signal.throwIfAborted()
      const cut = downloaded.shallows.filter(isHere)
      await publish(draft)
      isPartial = lacks
      files = Math.max(files, found.files)
      for (const id of found.ids) whole.add(id)
      for (const id of cut) shallows.add(id)
      tips.add(commit)
      return true
    })

  const bring = (ids: readonly string[], from: Brought, signal: AbortSignal): Promise<boolean> =>
    drafted(ids[0] ?? '', async (draft) => {
      const unpack = async (downloaded: Downloaded): Promise<void> => {
        const format = formatOf(ids[0] ?? '')
        const read = await readPack(downloaded.pack, draft, { format, limits, from: place, signal })
        onObjects?.(read.objects)
      }
      const stillMissing = (missing: readonly string[]): readonly string[] =>
        missing.filter((id) => !draft.has(id) && draft.tooLarge(id) === undefined)

      let missing = await borrow(ids, from, draft)
      signal.throwIfAborted()
      const tip = [...tips].at(-1)
      if (tip !== undefined && missing.length > Math.max(fewFiles, files * largePart)) {
        const all = await from.downloadAll(tip)
        if (all !== undefined) await unpack(all)
        missing = stillMissing(missing)
      }
      if (missing.length > 0) {
        const downloaded = await from.download(missing)
        if (downloaded === undefined) return draft.discard().then(() => false)
        await unpack(downloaded)
        const [absent] = stillMissing(missing)
        if (absent !== undefined) throw damaged(place, absent, 'missing')
      }
      await publish(draft)
      return true
    })

  /** Takes what somebody lends. Gives what nobody does. */
  const borrow = async (
    ids: readonly string[],
    { lender }: Brought,
    draft: SegmentDraft,
  ): Promise<readonly string[]> => {
    const missing: string[] = []
    for (const id of ids) {
      if (isKnown(id)) continue
      const lent = lender && (await lender.read(id).catch(() => undefined))
      if (lent === undefined) missing.push(id)
      else await draft.add(id, lent.type, Buffer.from(lent.content))
    }
    return missing
  }

  return {
    reader,
    segments: () => segments.length,
    bytes: () => segments.reduce((sum, segment) => sum + segment.bytes(), 0),
    isThere: () => existsSync(folder),
    tips: () => [...tips],
    shallows: () => [...shallows],
    holds,
    take,
    bring,
    remove: async () => {
      const closing = segments
      segments = []
      await Promise.all(closing.map((segment) => segment.close()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** What a disk gives back is compared with its id, every time. */
function readSegments(segments: () => readonly Segment[], cache: ContentCache, place: string): ObjectReader {
  const read = async (id: string): Promise<GitObject | undefined> => {
    const segment = segments().find((one) => one.has(id))
    if (segment === undefined) return undefined
    const cached = cache.get(id)
    if (cached !== undefined) return cached
    const found = await segment.read(id)
    if (found === undefined || idOf(formatOf(id), found.type, found.content) !== id) {
      throw damaged(place, id, 'damaged')
    }
    // Folders are read again and again, files once: they would only drive the folders out.
    if (found.type === 'blob') return found
    const copy = { type: found.type, content: new Uint8Array(found.content) }
    cache.put(id, copy)
    return copy
  }
  return {
    read,
    tooLarge: (id) => {
      for (const segment of segments()) {
        const bytes = segment.tooLarge(id)
        if (bytes !== undefined) return bytes
      }
      return undefined
    },
    forget: () => cache.forget(),
  }
}
