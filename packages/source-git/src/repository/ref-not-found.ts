import { MooringError } from '@mooring/core'
import type { GitRef } from '../options/git-ref.ts'
import { isFullRefName } from '../options/ref-name.ts'
import { fullNameOf } from './ref-lookup.ts'

const shown = 5

/** What a person calls it: `branch main`. */
function describeRef(ref: GitRef): string {
  if ('branch' in ref) return `branch ${ref.branch}`
  if ('tag' in ref) return `tag ${ref.tag}`
  if ('name' in ref) return `ref ${ref.name}`
  if ('commit' in ref) return `commit ${ref.commit}`
  return `a tag ${ref.prefix ?? ''}<version> in the range ${ref.semver}`
}

/**
 * The error of a ref that is not there, with the names that come closest. `names` are the full names of all refs, in
 * any order; undefined when they do not matter.
 */
export function refNotFound(ref: GitRef, place: string, names: Iterable<string> | undefined): MooringError {
  const known = names && [...names].filter(isFullRefName)
  if (known?.length === 0) return emptyRepository(place)
  const near = nearest(wantedName(ref), ('semver' in ref ? known?.filter(isTag) : known) ?? [])
  return new MooringError({
    code: 'REF_NOT_FOUND',
    kind: 'permanent',
    message: `Expected ${describeRef(ref)} in ${place}, found none`,
    hint:
      near.length === 0
        ? 'Correct `ref`, or push it. Not every server gives out a commit that no branch or tag leads to.'
        : `Correct \`ref\`, or push it. There are: ${near.map(shortName).join(', ')}.`,
  })
}

/** Of a range, what looks like its versions. */
const wantedName = (ref: GitRef): string =>
  'semver' in ref ? `refs/tags/${ref.prefix ?? ''}${ref.semver}` : (fullNameOf(ref) ?? '')

const emptyRepository = (place: string): MooringError =>
  new MooringError({
    code: 'EMPTY_REPOSITORY',
    kind: 'permanent',
    message: `Expected commits in ${place}, found an empty repository`,
    hint: 'Push a commit. It is noticed at the next poll.',
  })

const isTag = (name: string): boolean => name.startsWith('refs/tags/')

/** Of more, the rest is not looked at: each takes some microseconds. */
const maxCompared = 10_000

/** The names that take the fewest changes to become the one wanted, those of the same kind first. */
function nearest(wanted: string, names: readonly string[]): readonly string[] {
  const short = bare(wanted)
  const far = (name: string): number => {
    const other = bare(name)
    const longest = Math.max(other.length, short.length)
    const changes = other.includes(short) ? (longest - short.length) / 4 : changesBetween(short, other)
    return changes / longest + (isTag(name) === isTag(wanted) ? 0 : 0.1)
  }
  return names
    .slice(0, maxCompared)
    .map((name) => ({ name, far: far(name) }))
    .sort((one, other) => one.far - other.far || (one.name < other.name ? -1 : 1))
    .slice(0, shown)
    .map(({ name }) => name)
}

const bare = (fullName: string): string => fullName.replace(/^refs\/(heads|tags)\//, '').slice(0, 100)

/** How many letters have to be put in, left out, replaced or swapped with the next (optimal string alignment). */
function changesBetween(one: string, other: string): number {
  let before: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let at = 1; at <= one.length; at++) {
    const row = [at]
    for (let to = 1; to <= other.length; to++) {
      const same = one[at - 1] === other[to - 1] ? 0 : 1
      const isSwapped = at > 1 && to > 1 && one[at - 1] === other[to - 2] && one[at - 2] === other[to - 1]
      const changes = [(last[to] ?? 0) + 1, (row[to - 1] ?? 0) + 1, (last[to - 1] ?? 0) + same]
      row.push(Math.min(...changes, ...(isSwapped ? [(before[to - 2] ?? 0) + 1] : [])))
    }
    before = last
    last = row
  }
  return last[other.length] ?? 0
}

const shortName = (name: string): string =>
  name.startsWith('refs/tags/')
    ? `tag ${name.slice('refs/tags/'.length)}`
    : `branch ${name.slice('refs/heads/'.length)}`
