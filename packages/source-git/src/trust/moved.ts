import { MooringError, type Revision } from '@mooring/core'
import type { GitRef } from '../options/git-ref.ts'
import type { HistoryRule } from '../options/git-trust.ts'
import type { Tip } from '../repository/repository.ts'

/** Keeps watch over which way a ref moves. */
export interface HistoryWatch {
  /** The commit that a new one has to have in its past, given the revision before. */
  readonly pastOf: (since: Revision | undefined) => string | undefined
  /**
   * What a branch that may only go forward led to last, whoever had asked: whoever asks without a revision before, or with
   * an older one, must not be led back behind it. Undefined before the first answer, and where nobody asked for it.
   */
  readonly held: () => string | undefined
  /** A commit is given out: from now on a branch is held to it. */
  readonly accept: (commit: string) => void
  /** Throws `GIT_TAG_MOVED` for a tag that leads elsewhere than it did. */
  readonly refuseMovedTag: (tip: Tip, since: Revision | undefined) => void
  /** Throws `GIT_DIVERGED` for what has not been seen to follow, where it has to. */
  readonly refuseDiverged: (tip: Tip, past: string | undefined, ancestry: string) => void
}

const maxTags = 1000

/** Watches by the options of a source. */
export function historyWatch({ isForwardOnly, from }: HistoryRule, ref: GitRef, place: string): HistoryWatch {
  const isTag = 'tag' in ref || ('name' in ref && ref.name.startsWith('refs/tags/'))
  const isHeld = isForwardOnly && !isTag && !('semver' in ref)
  const tags = new Map<string, string>()
  let last: string | undefined
  return {
    pastOf: (since) => (isTag ? undefined : (since?.id ?? from)),
    held: () => last,
    accept: (commit) => {
      if (isHeld) last = commit
    },
    refuseMovedTag: ({ commit, label }, since) => {
      if (!isForwardOnly || !(isTag || 'semver' in ref)) return
      const before = tags.get(label) ?? (isTag ? since?.id : undefined)
      if (before !== undefined && before !== commit) throw tagMoved(label, place, before, commit)
      const [oldest] = tags.keys()
      if (tags.size >= maxTags && oldest !== undefined) tags.delete(oldest)
      tags.set(label, commit)
    },
    refuseDiverged: ({ commit, label }, past, ancestry) => {
      if (!isHeld || past === undefined || past === commit) return
      if (ancestry !== 'follows') throw diverged({ label, commit, past, place, ancestry })
    },
  }
}

const tagMoved = (label: string, place: string, before: string, commit: string): MooringError =>
  new MooringError({
    code: 'GIT_TAG_MOVED',
    kind: 'permanent',
    message: `Expected tag ${label} of ${place} to stay at ${before.slice(0, 12)}, found it at ${commit.slice(0, 12)}`,
    hint: 'Find out who moved it. To go on with what it leads to now, restart, or make the source anew.',
  })

const diverged = (found: {
  readonly label: string
  readonly commit: string
  readonly past: string
  readonly place: string
  readonly ancestry: string
}): MooringError =>
  new MooringError({
    code: 'GIT_DIVERGED',
    kind: 'permanent',
    message:
      `Expected ${found.label} of ${found.place} to follow ${found.past.slice(0, 12)}, found ${found.commit.slice(0, 12)}, ` +
      (found.ancestry === 'unrelated' ? 'which does not' : 'which cannot be seen to'),
    hint: 'Somebody may have pushed with force. Push back what was there, or a merge of both; to go on with what is there now, restart, or give another commit in history.forwardFrom.',
  })
