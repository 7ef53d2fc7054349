import { MooringError } from '@mooring/core'
import type { GitRef } from '../options/git-ref.ts'
import type { Tip } from './repository.ts'

/** What a ref asks of a list of refs: which part of the list it needs, and which one of those it means. */
export interface RefLookup {
  /** Beginning of the full names to list. */
  readonly prefix: string
  /** The full name that is meant among those that are there; undefined when none is. */
  readonly choose: (names: Iterable<string>) => Promise<string | undefined>
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
    return { prefix, choose: (names) => highest(names, prefix, ref.semver) }
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
export async function findTip(ref: GitRef, { ids, peeled }: ListedRefs): Promise<Tip | undefined> {
  const name = await refLookup(ref).choose(ids.keys())
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

/** The same version twice (`1.2.0` and `v1.2.0`, or with other build data) is decided by the name, so that it never flips. */
async function highest(names: Iterable<string>, prefix: string, wanted: string): Promise<string | undefined> {
  const { default: semver } = await import('semver')
  const range = semver.validRange(wanted)
  if (range === null) throw noRange()
  let best: { readonly name: string; readonly version: string } | undefined
  for (const name of names) {
    const version = name.startsWith(prefix) ? semver.parse(name.slice(prefix.length)) : null
    if (version === null || !semver.satisfies(version, range)) continue
    const isHigher =
      best === undefined ||
      semver.compareBuild(version, best.version) > 0 ||
      (semver.compareBuild(version, best.version) === 0 && name < best.name)
    if (isHigher) best = { name, version: version.raw }
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
