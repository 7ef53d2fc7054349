import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Revision, Verification } from '../model/revision.ts'

/** What a revision of several sources is made of. The lists are in the order of the folders. */
export interface MountedParts {
  readonly layout: readonly string[]
  readonly names: readonly string[]
  readonly revisions: readonly Revision[]
  /** The revision before, to tell what moved. */
  readonly before: Revision | undefined
}

/**
 * One revision for several. Its id holds theirs, so that it can be found again by whoever knows nothing else, and a digest
 * of the folders, because the same revisions under other folders are other content. Pure.
 */
export function mountedRevision({ layout, names, revisions, before }: MountedParts): Revision {
  const moved = revisions.filter(({ id }, at) => before?.parts?.[at]?.id !== id)
  const newest = newestOf(before === undefined || moved.length === 0 ? revisions : moved)
  const { author, message, at } = newest ?? {}
  const verification = leastVerified(revisions)
  return {
    id: `${layoutDigest(layout)}.${revisions.map(({ id }) => encodeURIComponent(id)).join('+')}`,
    label: revisions.map(({ id, label }) => label ?? id).join(' + '),
    ...(author !== undefined && { author }),
    ...(message !== undefined && { message }),
    ...(at !== undefined && { at }),
    ...(verification !== undefined && { verification }),
    parts: revisions.map(({ id, label }, index) => ({
      source: names[index] ?? '',
      id,
      ...(label !== undefined && { label }),
    })),
  }
}

/** The ids that such an id was made of; undefined for one that was made of other folders, or is none. Pure. */
export function partIdsOf(id: string, layout: readonly string[]): readonly string[] | undefined {
  const [digest, ...rest] = id.split('.')
  const ids = rest.join('.').split('+')
  if (digest !== layoutDigest(layout) || ids.length !== layout.length) return undefined
  try {
    return ids.map(decodeURIComponent)
  } catch {
    return undefined
  }
}

const layoutDigest = (layout: readonly string[]): string =>
  bytesToHex(sha256(utf8ToBytes(layout.join('\n')))).slice(0, 8)

/** Where several moved at once, the one that was made last speaks for them. */
const newestOf = (revisions: readonly Revision[]): Revision | undefined =>
  revisions.reduce<Revision | undefined>(
    (newest, revision) =>
      (revision.at ?? 0) > (newest?.at ?? 0) || newest === undefined ? revision : newest,
    undefined,
  )

const worstFirst = ['invalid', 'untrusted', 'unsigned', undefined, 'verified'] as const

function leastVerified(revisions: readonly Revision[]): Verification | undefined {
  const rank = ({ verification }: Revision): number => worstFirst.indexOf(verification?.outcome)
  const least = revisions.toSorted((one, other) => rank(one) - rank(other))[0]?.verification
  if (least?.outcome !== 'verified') return least
  const signers = new Set(revisions.flatMap(({ verification }) => verification?.signer ?? []))
  return { outcome: 'verified', ...(signers.size > 0 && { signer: [...signers].join(', ') }) }
}
