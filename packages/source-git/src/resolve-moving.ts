import type { Resolution, Revision } from '@mooring/core'
import { type Ancestry, ancestryOf } from './objects/ancestry.ts'
import { type Commit, revisionOf } from './objects/commit.ts'
import { damaged } from './objects/object-reader.ts'
import type { GitRef } from './options/git-ref.ts'
import { isFullId } from './pack/object-format.ts'
import type { Holding, ObtainOptions, Repository, Tip } from './repository/repository.ts'
import { judgeRevision } from './trust/judge-revision.ts'
import type { HistoryWatch } from './trust/moved.ts'
import type { RevisionTrust } from './trust/revision-trust.ts'

/** Does something with a commit that can be read. Undefined when there is no such commit. */
export type UseCommit = <Value>(
  id: string,
  how: ObtainOptions,
  work: (commit: Commit, holding: Holding) => Promise<Value>,
) => Promise<Value | undefined>

/** What resolving a branch or tag needs. */
export interface Moving {
  readonly repository: Repository
  readonly use: UseCommit
  readonly ref: GitRef
  readonly place: string
  readonly history: HistoryWatch
  /** Undefined where nobody asks for signatures. */
  readonly trust: RevisionTrust | undefined
  /** Pairs whose history was looked for in vain: it may be large, and is not looked for at every poll. */
  readonly tried: Set<string>
}

const maxAttempts = 3
const maxTried = 100

/** What a ref leads to now, and how that relates to what it led to before. */
export async function resolveMoving(
  moving: Moving,
  since: Revision | undefined,
  signal: AbortSignal,
): Promise<Resolution> {
  const { repository, ref, place, history, trust } = moving
  const wanted = history.pastOf(since)
  const past = wanted !== undefined && isFullId(wanted) ? wanted : undefined
  // A branch may move between the poll and the download, and some servers give out only what a branch points at.
  for (let attempt = 1; ; attempt++) {
    const held = history.held()
    const tip = await repository.tip(ref, signal)
    history.refuseMovedTag(tip, since)
    const isSame = since?.id === tip.commit
    if (isSame && isAsHeld(held, tip) && (trust === undefined || since.verification !== undefined)) {
      history.accept(tip.commit)
      return { kind: 'same', revision: since }
    }
    const found = await relate(moving, { tip, past }, signal)
    if (found !== undefined) {
      history.refuseDiverged(tip, past, found.ancestry)
      if (!isAsHeld(held, tip) && held !== past) await refuseBehind(moving, { tip, past: held }, signal)
      const revision = await judgeRevision(moving, { tip, revision: found.revision, isNews: true }, signal)
      // Another question was answered meanwhile, perhaps with what is newer: look again.
      if (history.held() !== held) return resolveMoving(moving, since, signal)
      history.accept(tip.commit)
      if (isSame) return { kind: 'same', revision }
      const isForward = since === undefined || found.ancestry === 'follows'
      return { kind: isForward ? 'forward' : 'diverged', revision }
    }
    if (attempt === maxAttempts) throw damaged(place, tip.commit, 'advertised but not given out')
  }
}

const isAsHeld = (held: string | undefined, { commit }: Tip): boolean => held === undefined || held === commit

/** Throws `GIT_DIVERGED` for a tip that does not follow what the ref led to before, unless that is no news any more. */
async function refuseBehind(moving: Moving, step: Step, signal: AbortSignal): Promise<void> {
  const { history } = moving
  const found = await relate(moving, step, signal)
  if (history.held() === step.past) history.refuseDiverged(step.tip, step.past, found?.ancestry ?? 'unknown')
}

/** From where to where a ref has moved. */
interface Step {
  readonly tip: Tip
  readonly past: string | undefined
}

interface Related {
  readonly revision: Revision
  readonly ancestry: Ancestry
  /** Whether the past commit is here at all. */
  readonly isPastHere: boolean
}

/**
 * Reads a commit and looks whether it follows another one. A past commit that is not here, as after a restart, is
 * fetched together with the way from there.
 */
async function relate(
  { use, place, tried, trust }: Moving,
  { tip, past }: Step,
  signal: AbortSignal,
): Promise<Related | undefined> {
  const { commit: id, label } = tip
  const look = (withHistory: boolean): Promise<Related | undefined> =>
    use(
      id,
      { signal, isNews: true, after: past ?? trust?.anchor(), withHistory },
      async (commit, { reader, release }) => {
        const ancestry =
          past === undefined ? 'unknown' : await ancestryOf(reader, { id, past, place, signal })
        const isPastHere = past === undefined || (await reader.read(past)) !== undefined
        await release()
        return { revision: revisionOf(commit, label), ancestry, isPastHere }
      },
    )
  const found = await look(false)
  if (found === undefined || found.ancestry !== 'unknown' || found.isPastHere) return found
  const pair = `${past} ${id}`
  if (tried.has(pair)) return found
  if (tried.size >= maxTried) tried.clear()
  tried.add(pair)
  return (await look(true)) ?? found
}
