import { isMooringError, MooringError } from '@mooring/core'
import { type Commit, readCommit, revisionOf } from '../objects/commit.ts'
import { damaged, readKind } from '../objects/object-reader.ts'
import { parseTree } from '../objects/tree.ts'
import type { Settings } from '../options/settings.ts'
import { formatOf, type ObjectFormat } from '../pack/object-format.ts'
import type { Holding, Repository } from '../repository/repository.ts'
import { gitSnapshot } from '../snapshot/git-snapshot.ts'
import { changedTree } from './changed-tree.ts'
import { type FileChanges, folderChanges } from './file-changes.ts'
import type { CommitToWrite } from './git-writer.ts'
import { newCommit, type Person, personOf } from './new-commit.ts'
import { newObjects } from './new-objects.ts'

/** What commits are built with. */
export interface Build {
  readonly repository: Repository
  readonly place: string
  readonly format: ObjectFormat
  readonly limits: Settings['limits']
  readonly committer: Person
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** A commit to be pushed. */
export interface Built {
  readonly id: string
  readonly pack: Buffer
}

/**
 * A commit on top of a head (undefined for none), with the objects that are new in it. Where the head says so already,
 * it is the head. `base` is what whoever wrote the changes had before them.
 *
 * Throws `GIT_COMMIT_INVALID`, `GIT_WRITE_CONFLICT`, and what reading the repository does.
 */
export async function buildCommit(
  build: Build,
  head: string | undefined,
  base: string | undefined,
  commit: CommitToWrite,
): Promise<Built> {
  const { repository, place, format, committer, at } = build
  const author = commit.author === undefined ? committer : personOf(commit.author, 'author')
  const objects = newObjects(format)
  const finish = async (parents: readonly string[], tree: string): Promise<Built> => {
    const bytes = newCommit({ tree, parents, author, committer, message: commit.message, at })
    return { id: objects.add('commit', bytes), pack: await objects.pack() }
  }
  if (head === undefined) {
    if (typeof commit.files === 'function') throw nothingToShow(place)
    const nowhere = { reader: { read: async () => undefined }, format, place, objects }
    return finish([], await changedTree(nowhere, undefined, folderChanges(commit.files)))
  }
  const found = await obtained(repository, head, place, commit.signal)
  try {
    const changes = await changesOf(build, found.commit, commit)
    if (base !== undefined && base !== head && typeof commit.files !== 'function') {
      await refuseConflicts(build, base, found, changes, commit.signal)
    }
    const known = { reader: found.holding.reader, format: formatOf(head), place, objects }
    const tree = await changedTree(known, found.commit.tree, folderChanges(changes))
    return tree === found.commit.tree ? { id: head, pack: Buffer.alloc(0) } : await finish([head], tree)
  } finally {
    await found.holding.release()
  }
}

interface Found {
  readonly holding: Holding
  readonly commit: Commit
}

async function obtained(
  repository: Repository,
  id: string,
  place: string,
  signal: AbortSignal,
): Promise<Found> {
  const holding = await repository.obtain(id, { signal, isNews: true })
  if (holding === undefined) throw damaged(place, id, 'missing')
  const commit = await readCommit(holding.reader, id, place)
  if (commit !== undefined) return { holding, commit }
  await holding.release()
  throw damaged(place, id, 'no commit')
}

async function changesOf(build: Build, head: Commit, { files, signal }: CommitToWrite): Promise<FileChanges> {
  if (typeof files !== 'function') return files
  const { repository, place, limits } = build
  const { holding } = await obtained(repository, head.id, place, signal)
  await using snapshot = gitSnapshot({
    revision: revisionOf(head),
    tree: head.tree,
    holding,
    place,
    limits,
  })
  return await files(snapshot)
}

/** Somebody else has changed what is about to be changed, and whoever wrote it has not seen that. */
async function refuseConflicts(
  { repository, place }: Build,
  base: string,
  now: Found,
  changes: FileChanges,
  signal: AbortSignal,
): Promise<void> {
  const before = await obtained(repository, base, place, signal).catch((thrown: unknown) => {
    throw isMooringError(thrown) && thrown.code === 'REPOSITORY_CORRUPT' ? baseGone(place, base) : thrown
  })
  try {
    for (const path of Object.keys(changes)) {
      const [one, other] = [await entryAt(before, path, place), await entryAt(now, path, place)]
      if (one !== other) throw conflict(place, path, base, now.commit.id)
    }
  } finally {
    await before.holding.release()
  }
}

/** Kind and id of what is at a path; undefined for nothing. */
async function entryAt({ holding, commit }: Found, path: string, place: string): Promise<string | undefined> {
  const { idBytes } = formatOf(commit.id)
  let at = { id: commit.tree, kind: 'folder' }
  for (const name of path.split('/')) {
    if (at.kind !== 'folder') return undefined
    const entries = parseTree(await readKind(holding.reader, at.id, 'tree', place), idBytes)
    if (entries === undefined) throw damaged(place, at.id, 'no folder')
    const entry = entries.find((each) => each.name === name)
    if (entry === undefined) return undefined
    at = entry
  }
  return `${at.kind} ${at.id}`
}

const conflict = (place: string, path: string, base: string, head: string): MooringError =>
  new MooringError({
    code: 'GIT_WRITE_CONFLICT',
    kind: 'conflict',
    message: `Expected ${path} in ${place} to be as in ${base.slice(0, 7)}, found that ${head.slice(0, 7)} has changed it`,
    hint: 'Read it again and decide anew; nothing was written.',
  })

const baseGone = (place: string, base: string): MooringError =>
  new MooringError({
    code: 'REVISION_GONE',
    kind: 'permanent',
    message: `Expected the base ${base} in ${place}, found no such commit`,
    hint: 'Its branch was rewritten, or it was never pushed. Read the branch again and decide anew; nothing was written.',
  })

const nothingToShow = (place: string): MooringError =>
  new MooringError({
    code: 'EMPTY_REPOSITORY',
    kind: 'permanent',
    message: `Expected a commit in ${place} to show to the function that makes the changes, found none`,
    hint: 'Give the files of the first commit as they are.',
  })
