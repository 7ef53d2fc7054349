import type { Revision, Verification } from '@mooring/core'
import type { Tip } from '../repository/repository.ts'
import type { Moving } from '../resolve-moving.ts'

/** A revision of which the signature is to be looked at. */
export interface ToJudge {
  readonly revision: Revision
  /** How it was reached; undefined: it is not known. */
  readonly tip: Tip | undefined
  /** Whether it is what is current now: if it is verified, everything after it has to be signed. */
  readonly isNews: boolean
}

/**
 * The revision with what is known of its signature, if anybody asks for signatures. History that is missing to tell is
 * fetched, once.
 */
export async function judgeRevision(
  { use, trust, tried }: Pick<Moving, 'use' | 'trust' | 'tried'>,
  { revision, tip, isNews }: ToJudge,
  signal: AbortSignal,
): Promise<Revision> {
  if (trust === undefined) return revision
  const { id } = revision
  const after = trust.anchor()
  const look = (withHistory: 'all' | false) =>
    use(id, { signal, isNews, after, withHistory }, async (_, holding) => {
      const found = await trust.judge({ id, tip, holding, signal })
      await holding.release()
      return found
    })
  const first = await look(false)
  const missing = `all ${after} ${id}`
  let verification: Verification | undefined = first?.verification
  if (first?.isCut === true && !tried.has(missing)) {
    tried.add(missing)
    verification = (await look('all'))?.verification ?? verification
  }
  if (verification === undefined) return revision
  trust.accept(id, verification, isNews)
  return { ...revision, verification }
}
