import fs, { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { indexPack } from 'isomorphic-git'
import { damagedPack, type PackSummary } from '../wire/pack-file.ts'
import { checkWhole } from './connectivity.ts'
import { type ObjectReader, readObjects } from './object-reader.ts'

/** A folder of our own with packs that were downloaded. What is in it has been verified, and only ever grows. */
export interface PackFolder {
  readonly reader: ObjectReader
  readonly packs: () => number
  /** False once somebody, such as a cleaner of temporary files, has removed it. */
  readonly isThere: () => boolean
  /** Commits that were asked for and are here with everything in them. */
  readonly tips: () => readonly string[]
  /** Commits whose parents are not here. */
  readonly shallows: () => readonly string[]
  /** Whether a commit is here with everything in it. */
  readonly holds: (commit: string, signal: AbortSignal) => Promise<boolean>
  /**
   * Lets `download` write a pack to a file, and takes it in if it holds up: indexed, every object accounted for, and
   * the commit whole. Otherwise nothing changes. False when the pack is sound but the commit is not in it.
   * Not to be called while another one runs. Throws `REPOSITORY_CORRUPT`.
   */
  readonly take: (commit: string, download: Download, signal: AbortSignal) => Promise<boolean>
  readonly remove: () => Promise<void>
}

/** Writes a pack to a file. Undefined: there is none. */
export type Download = (
  file: string,
) => Promise<{ readonly pack: PackSummary; readonly shallows: readonly string[] } | undefined>

/** Makes an empty folder of packs below another. `place` is what messages call the repository. */
export async function createPackFolder(parent: string, place: string): Promise<PackFolder> {
  const folder = await mkdtemp(join(parent, 'packs-'))
  await mkdir(join(folder, 'objects', 'pack'), { recursive: true })
  const reader = readObjects([folder], place)
  const known = new Set<string>()
  const whole = new Set<string>()
  const tips = new Set<string>()
  const shallows = new Set<string>()
  let packs = 0

  const holds = async (commit: string, signal: AbortSignal): Promise<boolean> => {
    if (whole.has(commit)) return true
    if (!known.has(commit)) return false
    const found = await checkWhole(reader, { whole, has: (id) => known.has(id) }, { commit, place, signal })
    for (const id of found ?? []) whole.add(id)
    return found !== undefined
  }

  const take = async (commit: string, download: Download, signal: AbortSignal): Promise<boolean> => {
    const staging = await mkdtemp(join(folder, 'staging-'))
    try {
      const packFolder = join(staging, 'objects', 'pack')
      await mkdir(packFolder, { recursive: true })
      const downloaded = await download(join(packFolder, 'pack-new.pack'))
      if (downloaded === undefined) return false
      const fresh = await index(staging, downloaded.pack, place)
      signal.throwIfAborted()
      const has = (id: string): boolean => fresh.has(id) || known.has(id)
      const both = readObjects([staging, folder], place)
      const found = await checkWhole(both, { whole, has }, { commit, place, signal })
      if (found === undefined) return false
      if (await publish(packFolder, folder, downloaded.pack)) packs++
      for (const id of fresh) known.add(id)
      for (const id of found) whole.add(id)
      for (const id of downloaded.shallows) if (has(id)) shallows.add(id)
      tips.add(commit)
      return true
    } finally {
      await rm(staging, { recursive: true, force: true })
    }
  }

  return {
    reader,
    packs: () => packs,
    isThere: () => existsSync(folder),
    tips: () => [...tips],
    shallows: () => [...shallows],
    holds,
    take,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Indexes a pack and gives the ids in it. The indexer leaves out what it cannot make sense of, so it is counted. */
async function index(staging: string, pack: PackSummary, place: string): Promise<ReadonlySet<string>> {
  if (pack.objects === 0) return new Set()
  let ids: ReadonlySet<string>
  try {
    const filepath = 'objects/pack/pack-new.pack'
    const { oids } = await indexPack({ fs, dir: staging, gitdir: staging, filepath, cache: {} })
    ids = new Set(oids)
  } catch (thrown) {
    throw damagedPack(place, 'one that cannot be read', thrown)
  }
  if (ids.size === pack.objects) return ids
  throw damagedPack(place, `${ids.size} of the ${pack.objects} objects it announces`)
}

/** Moves a pack to its place, its index last: a pack counts from the moment its index is there. */
async function publish(from: string, folder: string, { objects, checksum }: PackSummary): Promise<boolean> {
  const to = join(folder, 'objects', 'pack', `pack-${checksum}`)
  if (objects === 0 || existsSync(`${to}.idx`)) return false
  await rename(join(from, 'pack-new.pack'), `${to}.pack`)
  await rename(join(from, 'pack-new.idx'), `${to}.idx`)
  return true
}
