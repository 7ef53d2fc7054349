import { MooringError } from '@mooring/core'
import type { SemVer } from 'semver'
import type { GitRef } from '../options/git-ref.ts'
import { breather } from '../pack/breather.ts'
import type { Tip } from './repository.ts'

/** What a ref asks of a list of refs: which part of the list it needs, and which one of those it means. */
export interface RefLookup {
  /** Beginning of the full names to list. */
  readonly prefix: string
  /** The full name that is meant among those that are there; undefined when none is. */
  readonly choose: (names: Iterable<string>, signal: AbortSignal) => Promise<string | undefined>
}

/** A list of refs, as far as a lookup needs it. */
export interface ListedRefs {
  readonly ids: ReadonlyMap<string, string>
  readonly peeled: ReadonlyMap<string, string>
}

/** How a ref is looked up. A commit is not looked up. Loads the library for versions only when versions are compared. */
export function refLookup(ref: GitRef): RefLookup {
  if ('semver' in ref) {
    const prefix = `${tags}${ref.prefix ?? ''}`
    return { prefix, choose: (names, signal) => highest(names, { prefix, wanted: ref.semver, signal }) }
  }
  const name = fullNameOf(ref) ?? ''
  return {
    prefix: name,
    choose: async (names) => {
      for (const one of names) if (one === name) return name
      return undefined
    },
  }
}

/** Looks a ref up in a list. Undefined when it is not in there. */
export async function findTip(
  ref: GitRef,
  { ids, peeled }: ListedRefs,
  signal: AbortSignal,
): Promise<Tip | undefined> {
  const name = await refLookup(ref).choose(ids.keys(), signal)
  const id = name === undefined ? undefined : ids.get(name)
  if (name === undefined || id === undefined) return undefined
  const label = labelOf(ref, name)
  const commit = peeled.get(name)
  return commit === undefined ? { commit: id, label } : { commit, label, tag: { id, name } }
}

/** The full name of a ref; undefined for a commit, and for a range, which has many. */
export function fullNameOf(ref: GitRef): string | undefined {
  if ('branch' in ref) return `refs/heads/${ref.branch}`
  if ('tag' in ref) return tags + ref.tag
  return 'name' in ref ? ref.name : undefined
}

/** What people call the ref that a full name stands for. */
export const labelOf = (ref: GitRef, fullName: string): string =>
  'name' in ref ? fullName : fullName.replace(/^refs\/(heads|tags)\//, '')

const tags = 'refs/tags/'

/** Far cheaper than to parse what is none. */
const looksLikeVersion = /^[v=\s]*\d{1,16}\.\d{1,16}\.\d{1,16}(?:[-+]|\s*$)/

/** The same version twice (`1.2.0` and `v1.2.0`, or with other build data) is decided by the name, so that it never flips. */
async function highest(
  names: Iterable<string>,
  {
    prefix,
    wanted,
    signal,
  }: { readonly prefix: string; readonly wanted: string; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const { default: semver } = await import('semver')
  const valid = semver.validRange(wanted)
  if (valid === null) throw noRange()
  const range = new semver.Range(valid)
  const rest = breather(signal)
  let best: { readonly name: string; readonly version: SemVer } | undefined
  let looked = 0
  for (const name of names) {
    // There may be hundreds of thousands, asked for at every poll.
    if (++looked % 256 === 0) await rest()
    if (!name.startsWith(prefix) || !looksLikeVersion.test(name.slice(prefix.length))) continue
    const version = semver.parse(name.slice(prefix.length))
    if (version === null) continue
    const order = best === undefined ? 1 : version.compare(best.version) || version.compareBuild(best.version)
    const isHigher = order > 0 || (order === 0 && best !== undefined && name < best.name)
    if (isHigher && range.test(version)) best = { name, version }
  }
  return best?.name
}

const noRange = (): MooringError =>
  new MooringError({
    code: 'INVALID_OPTION',
    kind: 'permanent',
    message:
      'Expected option ref.semver to be a range of versions, such as ^1.2 or >=1.4 <2, found something else',
    hint: 'Correct option ref.semver of gitSource.',
  })
