import { type Abortable, isMooringError, type Snapshot, type SnapshotEntry } from '@mooring/core'
import { disposed } from '../repository/disposed.ts'
import { sharedWork } from '../repository/shared-work.ts'
import { pathNotFound, tooManyFiles } from '../snapshot/refusals.ts'
import { type NamedSubmodule, type NamedSubmodules, noSubmodules, readGitmodules } from './gitmodules.ts'
import { submoduleNotAllowed } from './submodule-refusals.ts'

/** How submodules are opened. */
export interface SubmoduleParts {
  /** Opens one of these at a commit. Paths are relative to the snapshot it is in. */
  readonly open: (
    path: string,
    commit: string,
    named: NamedSubmodule,
    signal: AbortSignal,
  ) => Promise<Snapshot>
  readonly maxFiles: number
  /** What messages call the repository. */
  readonly place: string
}

/**
 * A snapshot in which submodules are folders. Each is opened when something in it is first asked for, and stays open as long as the
 * snapshot. The digest of one is the commit that the revision names, so that of a folder above it needs nothing of it; that
 * of a path in it needs its folders.
 *
 * Its methods throw `SUBMODULE_NOT_ALLOWED`, `TOO_MANY_FILES`, and what the snapshot and opening throw.
 */
export function withSubmodules(outer: Snapshot, { open, maxFiles, place }: SubmoduleParts): Snapshot {
  const { revision } = outer
  const opened = new Map<string, Snapshot>()
  const shared = sharedWork()
  let named: NamedSubmodules | undefined

  const namedIn = async (options: Abortable): Promise<NamedSubmodules> => {
    named ??= await readNamed(outer, options)
    return named
  }

  /** The submodule that a path is or is in. */
  const submoduleOf = async (path: string, options: Abortable): Promise<Found | undefined> => {
    const lookup = await namedIn(options)
    if (lookup === noSubmodules) return undefined
    for (let end = path.indexOf('/'); ; end = path.indexOf('/', end + 1)) {
      const at = end === -1 ? path : path.slice(0, end)
      const about = lookup(at)
      const digest = about && (await outer.digestOf(at, options))
      if (about !== undefined && isSubmodule(digest)) return { at, commit: digest.slice(0, -2), about }
      if (end === -1) return undefined
    }
  }

  const enter = async ({ at, commit, about }: Found, { signal }: Abortable): Promise<Snapshot> => {
    const here = opened.get(at)
    if (here !== undefined) return here
    return shared.join(at, signal, async (both) => {
      const snapshot = await open(at, commit, about, both)
      opened.set(at, snapshot)
      return snapshot
    })
  }

  async function* below(found: Found, path: string, options: Abortable): AsyncGenerator<SnapshotEntry> {
    const inner = await enter(found, options)
    for await (const entry of inner.list(path, options)) yield { ...entry, path: `${found.at}/${entry.path}` }
  }

  async function* entriesOf(path: string, options: Abortable): AsyncGenerator<SnapshotEntry> {
    const found = await submoduleOf(path, options)
    if (found !== undefined) return yield* below(found, innerPath(path, found), options)
    const lookup = await namedIn(options)
    for await (const entry of outer.list(path, options)) {
      const about = entry.kind === 'submodule' ? lookup(entry.path) : undefined
      if (about === undefined) yield entry
      else yield* below({ at: entry.path, commit: entry.digest.slice(0, -2), about }, '', options)
    }
  }

  return {
    revision,

    digestOf: async (path, options) => {
      const found = await submoduleOf(path, options)
      if (found === undefined || found.at === path) return outer.digestOf(path, options)
      return (await enter(found, options)).digestOf(innerPath(path, found), options)
    },

    async *list(path, options) {
      let files = 0
      for await (const entry of entriesOf(path, options)) {
        if (++files > maxFiles) throw tooManyFiles(revision, path, maxFiles)
        yield entry
      }
    },

    read: async (path, options) => {
      const found = await submoduleOf(path, options)
      if (found !== undefined && found.at !== path) {
        return (await enter(found, options)).read(innerPath(path, found), options)
      }
      if (found !== undefined) throw pathNotFound(revision, path, 'file', 'submodule')
      if (isSubmodule(await outer.digestOf(path, options))) {
        throw submoduleNotAllowed(path, 'one that .gitmodules does not name')
      }
      return outer.read(path, options)
    },

    [Symbol.asyncDispose]: async () => {
      await shared.end(disposed(place))
      await Promise.all([...opened.values()].map((snapshot) => snapshot[Symbol.asyncDispose]()))
      await outer[Symbol.asyncDispose]()
    },
  }
}

interface Found {
  readonly at: string
  readonly commit: string
  readonly about: NamedSubmodule
}

const file = '.gitmodules'
/** A hundred submodules have about 10 kB. */
const maxBytes = 256 * 1024

/** Where it is a link, it is not followed: Git does not either, since that let it be read from elsewhere (CVE-2021-21300). */
async function readNamed(outer: Snapshot, options: Abortable): Promise<NamedSubmodules> {
  const digest = await outer.digestOf(file, options)
  if (digest === undefined) return noSubmodules
  const refused =
    (found: string): NamedSubmodules =>
    () => ({ refused: found })
  if (/:[ls]$/.test(digest)) return refused('a .gitmodules that is no plain file')
  try {
    const content = await outer.read(file, options)
    if (content.byteLength > maxBytes) return refused(`a .gitmodules of more than ${maxBytes} bytes`)
    return readGitmodules(new TextDecoder('utf-8', { fatal: true }).decode(content))
  } catch (thrown) {
    if (thrown instanceof TypeError) return refused('a .gitmodules that is no UTF-8')
    if (isMooringError(thrown) && ['FILE_TOO_LARGE', 'LFS_POINTER', 'PATH_NOT_FOUND'].includes(thrown.code)) {
      return refused('a .gitmodules that is no plain file')
    }
    throw thrown
  }
}

const isSubmodule = (digest: string | undefined): digest is string => digest?.endsWith(':s') === true

const innerPath = (path: string, { at }: Found): string => path.slice(at.length + 1)
