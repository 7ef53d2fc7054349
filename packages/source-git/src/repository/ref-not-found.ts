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
  const near = nearest(wantedName(ref), known ?? [])
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

/** The names that share most pairs of letters with the one wanted. */
function nearest(wanted: string, names: readonly string[]): readonly string[] {
  const pairs = pairsOf(wanted)
  const likeness = (name: string): number => {
    const other = pairsOf(name)
    return [...other].filter((pair) => pairs.has(pair)).length / Math.max(other.size, pairs.size)
  }
  return names
    .map((name) => ({ name, likeness: likeness(name) }))
    .sort((one, other) => other.likeness - one.likeness || (one.name < other.name ? -1 : 1))
    .slice(0, shown)
    .map(({ name }) => name)
}

function pairsOf(fullName: string): ReadonlySet<string> {
  const name = fullName.replace(/^refs\/(heads|tags)\//, '')
  return new Set(Array.from({ length: Math.max(name.length - 1, 1) }, (_, at) => name.slice(at, at + 2)))
}

const shortName = (name: string): string =>
  name.startsWith('refs/tags/')
    ? `tag ${name.slice('refs/tags/'.length)}`
    : `branch ${name.slice('refs/heads/'.length)}`
