import { isMooringError, type Revision, type Snapshot } from '@mooring/core'
import { type LfsObjects, lfsObjects } from '../lfs/lfs-objects.ts'
import { readCommit } from '../objects/commit.ts'
import { damaged } from '../objects/object-reader.ts'
import { lfsSettings } from '../options/git-lfs.ts'
import type { SubmoduleSettings } from '../options/git-submodules.ts'
import type { Location } from '../options/location.ts'
import { reachFrom } from '../options/reach.ts'
import { type Way, wayBeyond } from '../options/reach-beyond.ts'
import type { Settings } from '../options/settings.ts'
import { repositoryOf } from '../repository/repository-of.ts'
import type { GitTraffic } from '../repository/traffic.ts'
import { distrustAfter, gitSnapshot, type SnapshotParts } from '../snapshot/git-snapshot.ts'
import type { NamedSubmodule } from './gitmodules.ts'
import { type KeptRepository, keptRepositories } from './kept-repositories.ts'
import { submoduleGone, submoduleNotAllowed, tooManySubmodules } from './submodule-refusals.ts'
import { submoduleLocation } from './submodule-url.ts'
import { withSubmodules } from './with-submodules.ts'

/** The submodules of one source. */
export interface Submodules {
  /** The same snapshot, in which they are folders. */
  readonly in: (snapshot: Snapshot, onFolder: SnapshotParts['onFolder']) => Snapshot
  readonly traffic: () => GitTraffic
  /** Ends what is under way and removes what was downloaded. */
  readonly dispose: () => Promise<void>
}

/** The repository that a submodule stands in. */
interface Parent {
  readonly location: Location
  readonly way: Way
  /** From the root of the source, empty for that itself. */
  readonly path: string
  readonly depth: number
  /** How many of its snapshot are open. */
  readonly open: { count: number }
  readonly onFolder: SnapshotParts['onFolder']
}

/**
 * Reads submodules through a repository of their own each, under the policy and the limits of the source. Where one leads is
 * judged by where its parent is; credentials go along for as long as every repository on the way is at one origin.
 *
 * Snapshots throw `SUBMODULE_GONE`, `SUBMODULE_NOT_ALLOWED`, `TOO_MANY_SUBMODULES`, and what reading a repository does.
 */
export function submodules(settings: Settings, chosen: SubmoduleSettings): Submodules {
  const { hosts, maxDepth, maxCount } = chosen
  const { limits } = settings
  const kept = keptRepositories()

  const inside = (snapshot: Snapshot, parent: Parent): Snapshot =>
    withSubmodules(snapshot, {
      open: (path, commit, named, signal) =>
        counted(parent, below(parent, path), () => open(parent, { path, commit, named, signal })),
      maxFiles: limits.maxFiles,
      place: placeOf(parent.location),
    })

  const counted = async (
    { depth, open }: Parent,
    path: string,
    work: () => Promise<Snapshot>,
  ): Promise<Snapshot> => {
    if (depth >= maxDepth)
      throw tooManySubmodules(path, `${maxDepth} submodules in each other`, 'submodules.maxDepth')
    if (open.count >= maxCount) throw tooManySubmodules(path, `${maxCount} submodules`, 'submodules.maxCount')
    open.count++
    try {
      return await work()
    } catch (thrown) {
      open.count--
      throw thrown
    }
  }

  const open = async (parent: Parent, { path: at, commit, named, signal }: Wanted): Promise<Snapshot> => {
    const path = below(parent, at)
    const { location, way } = placeFor(parent, path, named)
    const key = `${isSomebody(way) ? 'somebody' : 'nobody'} ${placeOf(location)}`
    const place = kept.take(key, () => repositoryAt(location, way, path))
    const onFolder: SnapshotParts['onFolder'] = (folder, names) =>
      parent.onFolder?.(folder === '' ? path : `${path}/${folder}`, names)
    try {
      const snapshot = await snapshotAt(place, { location, commit, path, signal, onFolder })
      const inner = {
        location,
        way,
        path,
        depth: parent.depth + 1,
        open: parent.open,
        onFolder: parent.onFolder,
      }
      return releasing(inside(snapshot, inner), () => kept.giveBack(key))
    } catch (thrown) {
      await kept.giveBack(key)
      throw thrown
    }
  }

  const placeFor = (
    { location: from, way }: Parent,
    path: string,
    named: NamedSubmodule,
  ): { readonly location: Location; readonly way: Way } => {
    if ('refused' in named) throw submoduleNotAllowed(path, named.refused)
    const location = submoduleLocation(named.url, from, hosts)
    if ('refused' in location) throw submoduleNotAllowed(path, location.refused)
    return { location, way: wayBeyond(way, from, location) }
  }

  const repositoryAt = (location: Location, way: Way, path: string): KeptRepository => {
    try {
      const repository = repositoryOf({ ...settings, location, reach: reachFrom(way, location) })
      return { repository, lfs: lfsAt(location, way) }
    } catch (thrown) {
      if (!isMooringError(thrown)) throw thrown
      throw submoduleNotAllowed(path, 'a URL that the options of the source do not allow', thrown)
    }
  }

  const lfsAt = (location: Location, way: Way): LfsObjects | undefined =>
    chosen.lfs === undefined || location.kind !== 'http'
      ? undefined
      : lfsObjects(lfsSettings(chosen.lfs, way, location), { timeoutMs: settings.timeoutMs, ...limits })

  const snapshotAt = async (
    { repository, lfs }: KeptRepository,
    { location, commit: id, path, signal, onFolder }: Opening,
  ): Promise<Snapshot> => {
    const place = placeOf(location)
    const holding = await repository.obtain(id, { signal, isNews: false })
    if (holding === undefined) throw submoduleGone(path, place, id)
    try {
      const commit = await readCommit(holding.reader, id, place)
      if (commit === undefined) throw damaged(place, id, 'missing, or no commit')
      const revision: Revision = { id, label: `${path}@${id.slice(0, 7)}` }
      const { tree } = commit
      return gitSnapshot({ revision, tree, holding, place, limits, lfs: lfs?.reader(), onFolder })
    } catch (thrown) {
      distrustAfter(thrown, holding)
      await holding.release()
      throw thrown
    }
  }

  return {
    in: (snapshot, onFolder) =>
      inside(snapshot, {
        location: settings.location,
        way: chosen.way,
        path: '',
        depth: 0,
        open: { count: 0 },
        onFolder,
      }),
    traffic: kept.traffic,
    dispose: kept.dispose,
  }
}

interface Wanted {
  readonly path: string
  readonly commit: string
  readonly named: NamedSubmodule
  readonly signal: AbortSignal
}

interface Opening {
  readonly location: Location
  readonly commit: string
  /** From the root of the source. */
  readonly path: string
  readonly signal: AbortSignal
  readonly onFolder: NonNullable<SnapshotParts['onFolder']>
}

/** Whether anything is shown there. */
const isSomebody = ({ auth, tls, ssh }: Way): boolean =>
  [auth, tls?.cert, ssh].some((shown) => shown !== undefined)

const below = (parent: Parent, path: string): string => (parent.path === '' ? path : `${parent.path}/${path}`)

const placeOf = (location: Location): string => (location.kind === 'local' ? location.folder : location.url)

const releasing = (snapshot: Snapshot, release: () => Promise<void>): Snapshot => ({
  ...snapshot,
  [Symbol.asyncDispose]: async () => {
    await snapshot[Symbol.asyncDispose]()
    await release()
  },
})
