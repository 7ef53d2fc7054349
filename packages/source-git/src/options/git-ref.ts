import { MooringError } from '@mooring/core'
import { isFullId } from '../pack/object-format.ts'
import { invalidOption } from './invalid-option.ts'
import { whyNoFullRefName, whyNoRefName } from './ref-name.ts'

/**
 * What to follow in a repository.
 * - `branch`: its tip, for example `main` or `release/1.2`.
 * - `tag`: the commit it leads to, whether it is annotated or not.
 * - `semver`: the tag with the highest version in a range of npm's semver (`^1.2`, `>=1.4 <2`), asked for anew at every
 *   poll. A tag counts when what follows `prefix` is a whole version; one leading `v` more is allowed. Versions such as
 *   `1.2.0-rc.1` count only if the range names one of the same numbers, as with npm.
 * - `name`: any ref by its full name, for example `refs/pull/7/head`. What a fork puts there is followed too: know whom
 *   you trust. Of refs that are neither branches nor tags no webhook tells: every push of the repository wakes them.
 * - `commit`: one commit, by its full id of 40 digits (64 in a SHA-256 repository). It is never asked about again once it
 *   has been found.
 */
export type GitRef =
  | { readonly branch: string }
  | { readonly tag: string }
  | { readonly semver: string; readonly prefix?: string }
  | { readonly name: string }
  | { readonly commit: string }

const kinds = ['branch', 'tag', 'semver', 'name', 'commit'] as const
type Kind = (typeof kinds)[number]

/** Checks a ref, without looking whether it is there. Throws `INVALID_OPTION`. */
export function checkRef(ref: GitRef): GitRef {
  const { prefix, ...rest } = ref as { readonly prefix?: unknown }
  const given = Object.entries(rest).filter(([, value]) => value !== undefined)
  const [[kind, value] = ['', undefined]] = given
  if (given.length !== 1 || !isKind(kind) || typeof value !== 'string') {
    throw invalidOption('ref', `exactly one of ${kinds.map((one) => `{ ${one} }`).join(', ')}, with a text`)
  }
  if (prefix !== undefined && kind !== 'semver') {
    throw invalidOption('ref.prefix', 'given together with ref.semver only')
  }
  switch (kind) {
    case 'commit':
      return { commit: checkCommit(value) }
    case 'semver':
      return checkRange(value, prefix)
    case 'name':
      return (
        refuse('name', 'the full name of a ref, such as refs/pull/7/head', whyNoFullRefName(value)) ?? ref
      )
    case 'branch':
    case 'tag':
      return refuse(kind, `the short name of a ${kind}, such as main`, whyNoRefName(value)) ?? ref
    default:
      return kind satisfies never
  }
}

const isKind = (text: string): text is Kind => kinds.some((kind) => kind === text)

function refuse(kind: Kind, expected: string, why: string | undefined): undefined {
  if (why !== undefined) throw invalidOption(`ref.${kind}`, expected, why)
}

/** Whether it is a range is known when the library that reads ranges is there: at the first question. */
function checkRange(range: string, prefix: unknown): GitRef {
  if (range.length > 250 || /\p{Cc}/u.test(range)) {
    throw invalidOption(
      'ref.semver',
      'a range of versions, such as ^1.2',
      'it is too long or has control characters',
    )
  }
  if (prefix === undefined || prefix === '') return { semver: range }
  const why = typeof prefix === 'string' ? whyNoRefName(`${prefix}1.0.0`) : 'it is no text'
  if (typeof prefix === 'string' && why === undefined) return { semver: range, prefix }
  throw invalidOption('ref.prefix', 'the beginning of a tag, such as app-', why)
}

function checkCommit(id: string): string {
  if (isFullId(id.toLowerCase())) return id.toLowerCase()
  throw new MooringError({
    code: 'INVALID_OPTION',
    kind: 'permanent',
    message:
      'Expected option ref.commit to be a full commit id of 40 hexadecimal digits, found something else',
    hint: 'A short id may mean another commit tomorrow. `git rev-parse <short id>` prints the full one.',
  })
}
