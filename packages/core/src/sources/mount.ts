import { MooringError } from '../errors/mooring-error.ts'
import type { Resolution, Revision } from '../model/revision.ts'
import type { Source } from '../ports/source.ts'
import { mountedRevision, partIdsOf } from './mounted-revision.ts'
import { type Mounted, mountedSnapshot } from './mounted-snapshot.ts'

/** What differs from the defaults of a {@link mount}. */
export interface MountOptions {
  /** Default: the names of the sources with their folders, such as `env + app at values`. */
  readonly name?: string
}

/**
 * One source made of several, each under a folder of its own: `mount({ '/': environment, '/values': application })`. So
 * that what several repositories say together makes one application: a chart from one, its values from another.
 *
 * - Its revision names one revision of each; another one of any of them is another one of the whole, with the author and
 *   message of what moved. It is as well verified as the least verified of them.
 * - What a source has below the folder of another one is hidden, as with a mounted disk.
 * - The engine asks each source once, however many mounts and applications read it, and knows that two applications have
 *   a source in common. Whoever disposes the mount disposes all of them; `lend` those that serve elsewhere too.
 *
 * Throws `INVALID_MOUNT` for a folder that cannot be, or that is given twice, and for a mount in a mount.
 */
export function mount(folders: Readonly<Record<string, Source>>, options: MountOptions = {}): Source {
  const places = placesOf(folders)
  const sources = places.map(({ source }) => source)
  const layout = places.map(({ folder }) => folder)
  const name =
    options.name ??
    places
      .map(({ folder, source }) => (folder === '' ? source.name : `${source.name} at ${folder}`))
      .join(' + ')
  const combine = (revisions: readonly Revision[], before?: Revision): Revision =>
    mountedRevision({ layout, names: sources.map((source) => source.name), revisions, before })
  const idsOf = (id: string): readonly string[] => {
    const ids = partIdsOf(id, layout)
    if (ids === undefined) throw notOfThisMount(name, id)
    return ids
  }

  return {
    name,
    ...pollOf(sources),
    mounts: { sources, combine },
    resolve: async ({ signal, since }) => {
      const before = since === undefined ? undefined : partIdsOf(since.id, layout)
      const answers = await Promise.all(
        sources.map((source, at) => {
          const id = before?.[at]
          return source.resolve({ signal, ...(id !== undefined && { since: { id } }) })
        }),
      )
      const revision = combine(
        answers.map((answer) => answer.revision),
        since,
      )
      return { kind: since !== undefined && before === undefined ? 'diverged' : kindOf(answers), revision }
    },
    find: async (id, options) => {
      const ids = idsOf(id)
      return combine(await Promise.all(sources.map((source, at) => source.find(ids[at] ?? '', options))))
    },
    open: async (revision, options) => {
      const ids = idsOf(revision.id)
      const opened = await Promise.allSettled(
        places.map(async ({ folder, source }, at): Promise<Mounted> => {
          const { label } = revision.parts?.[at] ?? {}
          const part: Revision = { id: ids[at] ?? '', ...(label !== undefined && { label }) }
          return { folder, snapshot: await source.open(part, options) }
        }),
      )
      const mounted = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
      const failed = opened.find((each) => each.status === 'rejected')
      if (failed === undefined) return mountedSnapshot(revision, mounted)
      await Promise.allSettled(mounted.map(({ snapshot }) => snapshot[Symbol.asyncDispose]()))
      throw failed.reason
    },
    [Symbol.asyncDispose]: async () => {
      const ends = await Promise.allSettled(
        [...new Set(sources)].map((source) => source[Symbol.asyncDispose]()),
      )
      const failed = ends.find((end) => end.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    },
  }
}

interface Place {
  /** Without slashes at its ends; the root is empty. */
  readonly folder: string
  readonly source: Source
}

/** Sorted by folder, so that the same mounts make the same revisions in whatever order they are written. */
function placesOf(folders: Readonly<Record<string, Source>>): readonly Place[] {
  const places = Object.entries(folders).map(([given, source]) => ({ folder: folderOf(given), source }))
  if (places.length === 0) throw invalidMount('expected at least one source, got none')
  places.sort((one, other) => (one.folder < other.folder ? -1 : 1))
  const none = places.find(({ source }) => typeof source?.resolve !== 'function')
  if (none !== undefined)
    throw invalidMount(`expected a source at /${none.folder}, got ${typeof none.source}`)
  const nested = places.find(({ source }) => source.mounts !== undefined)
  if (nested !== undefined)
    throw invalidMount(`${nested.source.name} is a mount itself; name all folders at once`)
  const twice = places.find(({ folder }, at) => folder === places[at + 1]?.folder)
  if (twice !== undefined) throw invalidMount(`the folder /${twice.folder} is given twice`)
  return places
}

function folderOf(given: string): string {
  const folder = given.replace(/^\//, '').replace(/\/$/, '')
  const parts = folder.split('/')
  const isFolder = given === '/' || !parts.some((part) => /^(?:\.{0,2}|\.git)$|[\\\p{Cc}]/u.test(part))
  if (!isFolder || !given.startsWith('/')) {
    throw invalidMount(`expected a folder such as / or /values, got ${JSON.stringify(given)}`)
  }
  return folder
}

const invalidMount = (problem: string): MooringError =>
  new MooringError({
    code: 'INVALID_MOUNT',
    kind: 'permanent',
    message: `mount: ${problem}`,
    hint: "Name each folder once, from the root: mount({ '/': environment, '/values': application }).",
  })

const notOfThisMount = (name: string, id: string): MooringError =>
  new MooringError({
    code: 'REVISION_GONE',
    kind: 'permanent',
    message: `Expected revision ${id} in ${name}, found none: it was made of other folders than are mounted now`,
    hint: 'Choose a revision made since the mounts were changed, or mount the folders as they were.',
  })

/** As often as the source that wants it most. Only for who asks it directly: the engine asks each source on its own. */
function pollOf(sources: readonly Source[]): { readonly pollMs?: number } {
  const wanted = sources.flatMap(({ pollMs }) => (pollMs === undefined ? [] : [pollMs]))
  return wanted.length === 0 ? {} : { pollMs: Math.min(...wanted) }
}

function kindOf(answers: readonly Resolution[]): Resolution['kind'] {
  if (answers.some(({ kind }) => kind === 'diverged')) return 'diverged'
  return answers.every(({ kind }) => kind === 'same') ? 'same' : 'forward'
}
