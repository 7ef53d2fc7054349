import { isFullId } from '../pack/object-format.ts'
import type { TrustedKeys } from '../trust/trusted-keys.ts'
import type { GitRef } from './git-ref.ts'
import { invalidOption } from './invalid-option.ts'

/**
 * Whose signatures are looked for. What is found stands on every revision as `verification`; nothing is refused here: that
 * is for whoever reads the revision.
 */
export interface GitVerify {
  /**
   * What has to be signed.
   * - `head`: the commit itself. Whoever may push under it may bring what nobody signed, as soon as somebody signs on top.
   * - `tag`: the annotated tag that leads to the commit, for it and under its name.
   * - `both`: commit and tag.
   * - `every`: every commit since the last one that was verified, merged ones too. Until one has been, and `since` is not
   *   given, the commit alone counts. Asks for more history than the others where a branch began before that commit.
   */
  readonly mode: 'head' | 'tag' | 'both' | 'every'
  readonly trusted: TrustedKeys
  /**
   * For `every`: the full id of a commit that is trusted together with all that is before it, for example because
   * somebody has looked at it. Default none: after each start, the first verified commit.
   */
  readonly since?: string
  /** For `every`: how many commits are looked at for one revision. Default 1000: more make it `untrusted`. */
  readonly maxCommits?: number
  /** The time at which keys have to be valid, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

/**
 * Which way a ref may move.
 * - `any`: any way. What does not follow is given out, as `diverged`.
 * - `forward-only`: a branch only to what follows from what it was (else `GIT_DIVERGED`), a tag not at all (else
 *   `GIT_TAG_MOVED`); a range of versions to other tags, each of which stays where it was first seen. What was there before
 *   stays in force. Known from the first answer of a source on, and not beyond a restart.
 * - `{ forwardFrom }`: the same, from a commit on that is given by its full id: a branch is held to it after a restart too.
 */
export type GitHistory = 'any' | 'forward-only' | { readonly forwardFrom: string }

/** `history`, checked. */
export interface HistoryRule {
  readonly isForwardOnly: boolean
  /** What has to be in the past of the first answer. */
  readonly from: string | undefined
}

/** Checks how signatures are looked for; the keys are read elsewhere. Throws `INVALID_OPTION`. */
export function checkVerify(verify: GitVerify | undefined, ref: GitRef): GitVerify | undefined {
  if (verify === undefined) return undefined
  const { mode, trusted, since, maxCommits } = verify
  if (!['head', 'tag', 'both', 'every'].includes(mode)) {
    throw invalidOption('verify.mode', "one of 'head', 'tag', 'both' and 'every'")
  }
  if (typeof trusted !== 'object' || trusted === null || (!trusted.ssh && !trusted.openpgp)) {
    throw invalidOption('verify.trusted', '{ ssh } or { openpgp } with public keys, or both', 'it has none')
  }
  const hasTag = 'tag' in ref || 'semver' in ref || ('name' in ref && ref.name.startsWith('refs/tags/'))
  if ((mode === 'tag' || mode === 'both') && !hasTag) {
    throw invalidOption('ref', `a tag or a range of versions, because verify.mode is '${mode}'`)
  }
  if (mode === 'every' && !isBranch(ref)) {
    throw invalidOption('ref', "a branch, because verify.mode is 'every'", 'it is none')
  }
  if (mode !== 'every' && (since !== undefined || maxCommits !== undefined)) {
    throw invalidOption('verify', "without since and maxCommits, because its mode is not 'every'")
  }
  if (since !== undefined && !isFullId(since)) throw invalidOption('verify.since', 'a full commit id')
  if (maxCommits !== undefined && !(Number.isSafeInteger(maxCommits) && maxCommits > 0)) {
    throw invalidOption('verify.maxCommits', 'a whole number above 0')
  }
  return verify
}

/** Checks which way a ref may move. Throws `INVALID_OPTION`. */
export function checkHistory(history: GitHistory, ref: GitRef): HistoryRule {
  if (history === 'any') return { isForwardOnly: false, from: undefined }
  if (history === 'forward-only') return { isForwardOnly: true, from: undefined }
  const from: unknown = typeof history === 'object' ? history?.forwardFrom : undefined
  if (typeof from !== 'string' || !isFullId(from)) {
    throw invalidOption('history', "'any', 'forward-only' or { forwardFrom } with a full commit id")
  }
  if (!isBranch(ref))
    throw invalidOption('ref', 'a branch, because history.forwardFrom is given', 'it is none')
  return { isForwardOnly: true, from }
}

const isBranch = (ref: GitRef): boolean =>
  'branch' in ref || ('name' in ref && !ref.name.startsWith('refs/tags/'))
