import type { Verification } from '@mooring/core'
import { damaged, readKind } from '../objects/object-reader.ts'
import type { GitVerify } from '../options/git-trust.ts'
import type { Holding, Tip } from '../repository/repository.ts'
import { checkCommit, checkTag } from './check-object.ts'
import { type SinceVerified, verifySince } from './every-commit.ts'
import { type SignerCheck, signerCheck } from './signer-check.ts'

/** A commit whose signature is to be looked at. */
export interface FoundCommit {
  readonly id: string
  /** How it was reached; undefined: it is not known. */
  readonly tip: Pick<Tip, 'tag'> | undefined
  readonly holding: Holding
  readonly signal: AbortSignal
}

/** What a source knows about the signatures of its commits. */
export interface RevisionTrust {
  /** What is known of a commit that is here. `isCut`: more history might make it better. */
  readonly judge: (found: FoundCommit) => Promise<Judged>
  /** Keeps what was found. News that is verified becomes the commit from which on every other has to be signed. */
  readonly accept: (id: string, verification: Verification, isNews: boolean) => void
  /** What was found before. */
  readonly known: (id: string) => Verification | undefined
  /** The commit from which on every other has to be signed. */
  readonly anchor: () => string | undefined
}

/** What was found. */
export interface Judged {
  readonly verification: Verification
  readonly isCut: boolean
}

const maxKnown = 1000
const maxCommitsByDefault = 1000

/** Looks at signatures as the options say. Throws `INVALID_OPTION` for keys that are not understood. */
export function revisionTrust(verify: GitVerify, place: string): RevisionTrust {
  const check = signerCheck(verify.trusted)
  const now = verify.now ?? Date.now
  const found = new Map<string, Verification>()
  let anchor = verify.since

  const every = ({ id, holding, signal }: FoundCommit): Promise<SinceVerified> =>
    verifySince(holding.reader, {
      id,
      anchor,
      maxCommits: verify.maxCommits ?? maxCommitsByDefault,
      place,
      signal,
      check: (raw) => checkCommit(check, raw, now()),
    })

  return {
    judge: async (commit) => {
      if (verify.mode === 'every') return every(commit)
      const verification = await judgeOne(check, verify.mode, { ...commit, place, now: now() })
      return { verification, isCut: false }
    },
    accept: (id, verification, isNews) => {
      const [oldest] = found.keys()
      if (found.size >= maxKnown && oldest !== undefined) found.delete(oldest)
      found.set(id, verification)
      if (isNews && verify.mode === 'every' && verification.outcome === 'verified') anchor = id
    },
    known: (id) => found.get(id),
    anchor: () => anchor,
  }
}

interface One extends FoundCommit {
  readonly place: string
  readonly now: number
}

async function judgeOne(check: SignerCheck, mode: 'head' | 'tag' | 'both', one: One): Promise<Verification> {
  const head = mode === 'tag' ? undefined : await judgeHead(check, one)
  if (head !== undefined && (mode === 'head' || head.outcome !== 'verified')) return head
  const tag = await judgeTag(check, one)
  if (head === undefined || tag.outcome !== 'verified' || head.signer === tag.signer) return tag
  return { ...tag, signer: [head.signer, tag.signer].filter((signer) => signer !== undefined).join(', ') }
}

async function judgeHead(check: SignerCheck, { id, holding, place, now }: One): Promise<Verification> {
  return checkCommit(check, await readKind(holding.reader, id, 'commit', place), now)
}

async function judgeTag(check: SignerCheck, one: One): Promise<Verification> {
  const { id, tip, holding, signal, place, now } = one
  if (tip === undefined) return { outcome: 'unsigned', reason: 'no tag that leads to it is known' }
  const { tag } = tip
  if (tag === undefined) return { outcome: 'unsigned', reason: 'its tag is nothing but a name' }
  const here = await holding.reader.read(tag.id)
  if (here === undefined && !(await holding.bringTag(tag.id, signal))) {
    throw damaged(place, tag.id, 'advertised but not given out')
  }
  const raw = await readKind(holding.reader, tag.id, 'tag', place)
  return checkTag(check, raw, { commit: id, name: tag.name.replace(/^refs\/tags\//, '') }, now)
}
