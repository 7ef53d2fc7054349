import { createHash } from 'node:crypto'
import { type Abortable, isMooringError, MooringError, type Snapshot, unlessAborted } from '@mooring/core'
import { breather } from '../pack/breather.ts'
import { checkCost } from './check-cost.ts'
import { type IgnoreFilter, ignoreFilter, linesBelow } from './ignore-filter.ts'

/** What is left out of a snapshot. */
export interface IgnoreRules {
  /** Lines as of a `.gitignore` at the root. They win over those of files in the repository. */
  readonly lines: readonly string[]
  /** Whether files named `.sourceignore` count, in any folder. */
  readonly files: boolean
}

/**
 * A snapshot without what is left out on purpose, ignore files themselves among it: it has no digest, is not listed, and cannot be read. A folder's digest
 * tells the rules that come from outside of it, so that equal digests still mean equal content. Folders nobody asks about
 * are not looked into. `noted` holds the folders in which the snapshot came upon an ignore file while it listed, before it
 * gives the first file of such a folder: a list of a million folders asks about none of them.
 *
 * Its methods throw `IGNORE_FILE_TOO_LARGE`, `IGNORE_RULES_TOO_COSTLY`, and what the snapshot throws.
 */
export function ignoredSnapshot(
  snapshot: Snapshot,
  { lines, files }: IgnoreRules,
  noted: ReadonlySet<string>,
): Snapshot {
  const known = new Map<string, Reading>()
  /** What `known` has come to: every read asks, and a promise of what is known costs more than the answer. */
  const settled = new Map<string, Rules>()
  const root: Rules = rulesOf([], lines)

  const rulesIn = (folder: string, options: Abortable): Rules | Promise<Rules> => {
    options.signal.throwIfAborted()
    return settled.get(folder) ?? rulesRead(folder, options)
  }
  const rulesRead = async (folder: string, options: Abortable): Promise<Rules> => {
    for (;;) {
      const shared = known.get(folder) ?? begin(folder, options)
      try {
        return await unlessAborted(shared.reading, options.signal)
      } catch (thrown) {
        options.signal.throwIfAborted()
        // Whoever began it has left: that is no reason for those who wait too.
        if (!shared.signal.aborted) throw thrown
      }
    }
  }
  const begin = (folder: string, options: Abortable): Reading => {
    const begun = { reading: read(folder, options), signal: options.signal }
    known.set(folder, begun)
    // What failed, or was given up, is tried again by whoever asks next.
    begun.reading.then(
      (rules) => settled.set(folder, rules),
      () => {
        if (known.get(folder) === begun) known.delete(folder)
      },
    )
    return begun
  }
  const read = async (folder: string, options: Abortable): Promise<Rules> => {
    if (!files) return root
    const above = folder === '' ? root : await rulesIn(parentOf(folder), options)
    const path = folder === '' ? ignoreFileName : `${folder}/${ignoreFileName}`
    if ((await snapshot.digestOf(path, options)) === undefined || (await isFolder(snapshot, path, options)))
      return above
    const content = await snapshot.read(path, options)
    if (content.byteLength > maxBytes) throw tooLarge(path, snapshot)
    const fromFiles = [...above.fromFiles, ...linesBelow(folder, new TextDecoder().decode(content))]
    checkCost(
      [...fromFiles, ...lines],
      `${path} of revision ${snapshot.revision.label ?? snapshot.revision.id}`,
    )
    return rulesOf(fromFiles, lines)
  }
  /** The rules in a folder below one that is being listed: those of the nearest folder that has any of its own. */
  const rulesBelow = (listed: string, folder: string, options: Abortable): Rules | Promise<Rules> => {
    let at = folder
    while (at !== listed && at !== '' && !noted.has(at)) at = parentOf(at)
    return rulesIn(at, options)
  }
  const isIgnored = async (path: string, options: Abortable): Promise<boolean> => {
    if (path === '') return false
    if (files && nameOf(path) === ignoreFileName) return true
    const coming = rulesIn(parentOf(path), options)
    const { filter } = coming instanceof Promise ? await coming : coming
    if (filter === undefined) return false
    return filter(path) || (filter(`${path}/`) && (await isFolder(snapshot, path, options)))
  }

  return {
    revision: snapshot.revision,
    digestOf: async (path, options) => {
      const digest = await snapshot.digestOf(path, options)
      if (digest === undefined || (await isIgnored(path, options))) return undefined
      const rules = path === '' ? root : await rulesIn(parentOf(path), options)
      if (rules.filter === undefined || !(await isFolder(snapshot, path, options))) return digest
      return createHash('sha256').update(`${digest}\n${rules.digest}`).digest('hex')
    },
    async *list(path, options) {
      if (await isIgnored(path, options)) throw leftOut(path, 'folder', snapshot)
      const here = await rulesIn(path, options)
      const breathe = breather(options.signal)
      for await (const entry of snapshot.list(path, options)) {
        await breathe()
        if (files && nameOf(entry.path) === ignoreFileName) continue
        const { filter } = noted.size === 0 ? here : await rulesBelow(path, parentOf(entry.path), options)
        if (filter?.(entry.path) !== true) yield entry
      }
    },
    read: async (path, options) => {
      if (await isIgnored(path, options)) throw leftOut(path, 'file', snapshot)
      return snapshot.read(path, options)
    },
    [Symbol.asyncDispose]: () => snapshot[Symbol.asyncDispose](),
  }
}

/** The name of an ignore file. */
export const ignoreFileName = '.sourceignore'
/** A list of patterns by hand has a few hundred bytes; each pattern costs time on each path. */
const maxBytes = 64 * 1024

interface Reading {
  readonly reading: Promise<Rules>
  /** Of whoever began it. */
  readonly signal: AbortSignal
}

interface Rules {
  readonly fromFiles: readonly string[]
  /** Undefined where nothing is left out. */
  readonly filter: IgnoreFilter | undefined
  readonly digest: string
}

function rulesOf(fromFiles: readonly string[], lines: readonly string[]): Rules {
  const all = [...fromFiles, ...lines]
  return { fromFiles, filter: all.length === 0 ? undefined : ignoreFilter(all), digest: JSON.stringify(all) }
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))

async function isFolder(snapshot: Snapshot, path: string, options: Abortable): Promise<boolean> {
  try {
    for await (const _ of snapshot.list(path, options)) return true
    return true
  } catch (thrown) {
    if (isMooringError(thrown) && thrown.code === 'PATH_NOT_FOUND') return false
    throw thrown
  }
}

const leftOut = (path: string, kind: 'file' | 'folder', { revision }: Snapshot): MooringError =>
  new MooringError({
    code: 'PATH_NOT_FOUND',
    kind: 'permanent',
    message: `Expected a ${kind} at ${path} in revision ${revision.label ?? revision.id}, found it left out by an ignore rule`,
    hint: `Change ${ignoreFileName}, or the option ignore of the source, if it is meant to be read.`,
  })

const tooLarge = (path: string, { revision }: Snapshot): MooringError =>
  new MooringError({
    code: 'IGNORE_FILE_TOO_LARGE',
    kind: 'permanent',
    message: `Expected at most ${maxBytes} bytes in ${path} in revision ${revision.label ?? revision.id}, found more`,
    hint: 'Write fewer, wider patterns.',
  })
