import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { MooringError } from '../../errors/mooring-error.ts'
import type { Resolution, Revision, Verification } from '../../model/revision.ts'
import type { Source } from '../../ports/source.ts'
import { createFaults, type FaultInjection } from '../faults.ts'
import { changeTree, emptyTree, type FileChanges, type FileTree } from './file-tree.ts'
import { memorySnapshot } from './memory-snapshot.ts'

/** How a {@link memorySource} is made. */
export interface MemorySourceOptions {
  /** Default `memory`. */
  readonly name?: string
  /** Default none: the engine's own. */
  readonly pollMs?: number
  /** The first commit. Default none: the source has no revision and `resolve` throws `NO_REVISION`. */
  readonly files?: FileChanges
}

/** What a commit says of itself. */
export interface CommitDetails {
  /** Default `Ada <ada@example.com>`. */
  readonly author?: string
  /** Default `Change` and its number. */
  readonly message?: string
  /** Milliseconds since the epoch. Default none. */
  readonly at?: number
  /** Default none: nobody looked for a signature. */
  readonly verification?: Verification
}

/** The methods of a memory source, and of its snapshots, that can be made to fail. */
export type MemorySourceMethod = (typeof methods)[number]

/** A source in memory, with the means to commit to it. */
export interface MemorySource extends Source, FaultInjection<MemorySourceMethod> {
  /** Commits some changed files on top of what is there. */
  readonly commit: (files: FileChanges, details?: CommitDetails) => Revision
  /** Puts a history of one commit with exactly these files in place of the one there was: what was before is gone. */
  readonly replaceHistory: (files: FileChanges, details?: CommitDetails) => Revision
  /** What is found out about the signature of a commit from now on, as when a key has come to be trusted. */
  readonly verify: (id: string, verification: Verification) => void
}

/**
 * A source over a Map, with revisions and digests made from content. For tests of engines and renderers.
 *
 * Throws `NO_REVISION`, `REVISION_GONE`, and from its snapshots `PATH_NOT_FOUND`.
 *
 * @example
 * ```ts
 * const source = memorySource()
 * source.commit({ 'shop/web.json': '{ "id": "web", "image": "web:1" }', 'shop/old.json': null })
 * source.failNext('resolve', new Error('no route to host'))
 * ```
 */
export function memorySource({ name = 'memory', pollMs, files }: MemorySourceOptions = {}): MemorySource {
  const faults = createFaults(methods)
  let commits = 0
  let history: readonly Commit[] = []

  const add = (past: readonly Commit[], changes: FileChanges, details: CommitDetails = {}): Revision => {
    const tree = changeTree(past.at(-1)?.tree ?? emptyTree(), changes)
    const number = ++commits
    const revision = revisionOf(name, tree, { number, parent: past.at(-1)?.revision.id, ...details })
    history = [...past, { revision, tree }]
    return revision
  }
  if (files !== undefined) add([], files)

  return {
    name,
    ...(pollMs !== undefined && { pollMs }),
    resolve: ({ signal, since }) => faults.run('resolve', signal, () => resolutionOf(name, history, since)),
    find: (id, { signal }) => faults.run('find', signal, () => commitOf(name, history, id).revision),
    open: ({ id }, { signal }) =>
      faults.run('open', signal, () => {
        const { revision, tree } = commitOf(name, history, id)
        return memorySnapshot(revision, tree, faults)
      }),
    commit: (changes, details) => add(history, changes, details),
    replaceHistory: (changes, details) => add([], changes, details),
    verify: (id, verification) => {
      history = history.map((commit) =>
        commit.revision.id === id ? { ...commit, revision: { ...commit.revision, verification } } : commit,
      )
    },
    failNext: faults.failNext,
    hangNext: faults.hangNext,
    calls: faults.calls,
    async [Symbol.asyncDispose]() {},
  }
}

const methods = ['resolve', 'find', 'open', 'digestOf', 'list', 'read'] as const

interface Commit {
  readonly revision: Revision
  readonly tree: FileTree
}

function revisionOf(
  source: string,
  tree: FileTree,
  commit: CommitDetails & { readonly number: number; readonly parent: string | undefined },
): Revision {
  const {
    number,
    parent,
    author = 'Ada <ada@example.com>',
    message = `Change ${number}`,
    at,
    verification,
  } = commit
  const content = JSON.stringify([tree.folders.get(''), parent, number, author, message, at])
  const id = bytesToHex(sha256(new TextEncoder().encode(content))).slice(0, 40)
  return {
    id,
    label: `${source}@${id.slice(0, 7)}`,
    author,
    message,
    ...(at !== undefined && { at }),
    ...(verification && { verification }),
  }
}

function resolutionOf(source: string, history: readonly Commit[], since: Revision | undefined): Resolution {
  const revision = history.at(-1)?.revision
  if (revision === undefined) throw noRevision(source)
  if (revision.id === since?.id) return { kind: 'same', revision }
  const follows = since === undefined || history.some((commit) => commit.revision.id === since.id)
  return { kind: follows ? 'forward' : 'diverged', revision }
}

function commitOf(source: string, history: readonly Commit[], id: string): Commit {
  const commit = history.find(({ revision }) => revision.id === id)
  if (commit === undefined) throw revisionGone(source, id)
  return commit
}

function noRevision(source: string): MooringError {
  return new MooringError({
    code: 'NO_REVISION',
    kind: 'permanent',
    message: `Expected a revision in source ${source}, found none`,
    hint: 'Commit something first.',
  })
}

function revisionGone(source: string, id: string): MooringError {
  return new MooringError({
    code: 'REVISION_GONE',
    kind: 'permanent',
    message: `Expected revision ${id} in source ${source}, found none: its history was replaced, or it was never there`,
    hint: 'Choose a revision that the source still has.',
  })
}
