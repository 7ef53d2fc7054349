import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { whileLocked } from './lock.ts'
import { CannotBeHad, type Part } from './part.ts'
import { findOnPath, isExecutable, printedBy } from './run.ts'

/** What came of asking for a part. */
export type Obtained =
  /** `paths` by the executable's name; `from` says where it was found. */
  | { readonly state: 'here'; readonly paths: Readonly<Record<string, string>>; readonly from: string }
  /** This machine cannot have it: its tests are left out, and named. */
  | { readonly state: 'missing'; readonly reason: string }
  /** This machine could have it and making it went wrong: a failure. */
  | { readonly state: 'failed'; readonly reason: string }

/** Where lines of progress go. Default: stderr. */
export type Say = (line: string) => void

/**
 * Finds a part, or makes it: named by an environment variable, on PATH, in the cache, and else by its recipe, into the
 * cache. Two processes that ask at the same time make it once; a half-made part is never found.
 */
export async function obtain(part: Part, say: Say = sayOnStderr): Promise<Obtained> {
  const found = find(part)
  if (found !== undefined) return found
  const lacking = part.recipe.lacks()
  if (lacking !== undefined) return { state: 'missing', reason: lacking }
  const place = join(cacheFolder(), part.recipe.id)
  try {
    await whileLocked(
      `${place}.lock`,
      () => say(`${part.name}: another process is making it, waiting for that`),
      () => make(part, place, say),
    )
    return inCache(part) ?? { state: 'failed', reason: `The recipe made no ${namesOf(part)}.` }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { state: error instanceof CannotBeHad ? 'missing' : 'failed', reason }
  }
}

/** Paths of the executables of some parts, which are made first if they are not there. Throws if one cannot be had. */
export async function executablesOf(...parts: readonly Part[]): Promise<Readonly<Record<string, string>>> {
  const paths: Record<string, string> = {}
  for (const part of parts) {
    const obtained = await obtain(part)
    if (obtained.state !== 'here') throw new Error(`There is no ${part.title}: ${obtained.reason}`)
    Object.assign(paths, obtained.paths)
  }
  return paths
}

/** A part as it is on this machine already, without making anything. */
export function find(part: Part): Obtained | undefined {
  return inVariable(part) ?? onPath(part) ?? inCache(part)
}

/** One folder for all checkouts of a person: `$MOORING_PARTS`, or `mooring/parts` in the cache of the system. */
export const cacheFolder = (): string =>
  process.env.MOORING_PARTS ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mooring', 'parts')

/** The variable that names a folder with a part's executables. */
export const variableOf = (part: Part): string =>
  `MOORING_PART_${part.name.toUpperCase().replaceAll('-', '_')}`

async function make(part: Part, place: string, say: Say): Promise<void> {
  // Somebody else may have made it while we waited for the lock.
  if (inCache(part) !== undefined) return
  const started = performance.now()
  const seconds = (): string => `${Math.round((performance.now() - started) / 1000)} s`
  say(`${part.name}: making ${namesOf(part)}, first time only, ${part.recipe.cost}`)
  const unfinished = `${place}.unfinished`
  // Whoever left one here did not live to finish it: we hold the lock.
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  const still = setInterval(() => say(`${part.name}: still at it after ${seconds()}`), 30_000)
  try {
    await part.recipe.make(unfinished, (line) => say(`${part.name}: ${line}`))
    rmSync(place, { recursive: true, force: true })
    renameSync(unfinished, place)
  } finally {
    clearInterval(still)
    rmSync(unfinished, { recursive: true, force: true })
  }
  say(`${part.name}: made in ${seconds()}, kept in ${place}`)
}

function inVariable(part: Part): Obtained | undefined {
  for (const variable of [variableOf(part), ...(part.variables ?? [])]) {
    const folder = process.env[variable]
    if (folder === undefined || folder === '') continue
    const here = inFolder(part, folder, variable)
    if (here !== undefined) return here
    if (variable === variableOf(part))
      return {
        state: 'failed',
        reason: `${variable} is ${folder}, where ${namesOf(part)} was expected and not found.`,
      }
  }
  return undefined
}

function onPath(part: Part): Obtained | undefined {
  const paths: Record<string, string> = {}
  for (const { name, probe } of part.executables) {
    const path = findOnPath(name)
    if (path === undefined) return undefined
    const output = printedBy(path, probe.args)
    if (output === undefined || !probe.accepts(output)) return undefined
    paths[name] = path
  }
  return { state: 'here', paths, from: 'PATH' }
}

const inCache = (part: Part): Obtained | undefined =>
  inFolder(part, join(cacheFolder(), part.recipe.id, 'bin'), 'cache')

function inFolder(part: Part, folder: string, from: string): Obtained | undefined {
  if (!existsSync(folder)) return undefined
  const entries = part.executables.map(({ name }) => [name, join(folder, name)] as const)
  if (!entries.every(([, path]) => isExecutable(path))) return undefined
  return { state: 'here', paths: Object.fromEntries(entries), from }
}

const namesOf = (part: Part): string => part.executables.map(({ name }) => name).join(', ')

const sayOnStderr: Say = (line) => void process.stderr.write(`${line}\n`)
