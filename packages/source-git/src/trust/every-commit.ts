import type { Verification } from '@mooring/core'
import { parentsOf } from '../objects/commit.ts'
import type { ObjectReader } from '../objects/object-reader.ts'
import { breather } from '../pack/breather.ts'

/** What a look at the commits since another one has found. */
export interface SinceVerified {
  readonly verification: Verification
  /** Whether history ended before the answer was certain: more of it might make it better. */
  readonly isCut: boolean
}

/** What to look at. */
export interface EveryCommit {
  readonly id: string
  /** The commit that is trusted together with all that is before it. Undefined: the commit alone counts. */
  readonly anchor: string | undefined
  readonly maxCommits: number
  readonly place: string
  readonly signal: AbortSignal
  readonly check: (raw: Uint8Array) => Promise<Verification>
}

/** How far back it is looked for what is before the anchor. */
const maxAncestors = 100_000

/**
 * Looks whether every commit that is in the history of one and not in that of the anchor is signed by somebody who is
 * trusted. That a commit is in the history of the anchor has to be seen in the objects: a server that leaves something out
 * makes the answer worse, never better.
 */
export async function verifySince(
  reader: Pick<ObjectReader, 'read'>,
  look: EveryCommit,
): Promise<SinceVerified> {
  const past = pastOf(reader, look)
  // Nearly always the anchor is on the way, and all that is before it need not be read.
  const found = await walk(reader, look, past, false)
  if (found.verification.outcome === 'verified' || found.isCertain) return { ...found, isCut: false }
  const again = await walk(reader, look, past, true)
  const isCut = again.verification.outcome !== 'verified' && !again.isCertain && (await past.isCut())
  return { verification: again.verification, isCut }
}

interface Walked {
  readonly verification: Verification
  /** Whether it does not depend on what is before the anchor. */
  readonly isCertain: boolean
}

async function walk(
  reader: Pick<ObjectReader, 'read'>,
  { id, anchor, maxCommits, place, signal, check }: EveryCommit,
  past: Past,
  isPastRead: boolean,
): Promise<Walked> {
  const breathe = breather(signal)
  const seen = new Set([id])
  let first: Verification | undefined
  let looked = 0
  // Where lines have come together, a commit can be before the anchor without the anchor being on the way to it.
  let mayBePast = isPastRead
  for (const current of seen) {
    if (current !== id && (current === anchor || (mayBePast && (await past.has(current))))) continue
    signal.throwIfAborted()
    await breathe()
    const object = await reader.read(current)
    if (object?.type !== 'commit') return notGiven(current)
    const verification = await check(object.content)
    if (verification.outcome !== 'verified') return about(current, id, verification)
    first ??= verification
    const isHeadEnough = anchor === undefined || anchor === id || (isPastRead && (await past.has(id)))
    if (isHeadEnough) break
    if (++looked > maxCommits) return tooMany(maxCommits)
    const parents = parentsOf(object.content, current, place)
    mayBePast ||= parents.length > 1
    for (const parent of parents) seen.add(parent)
  }
  return { verification: first ?? { outcome: 'unsigned' }, isCertain: true }
}

interface Past {
  readonly has: (id: string) => Promise<boolean>
  /** Whether some of it is not here. */
  readonly isCut: () => Promise<boolean>
}

/** What is before the anchor, as far as it is here. Read when it is first asked for. */
function pastOf(reader: Pick<ObjectReader, 'read'>, { anchor, place, signal }: EveryCommit): Past {
  let reading: Promise<{ readonly ids: ReadonlySet<string>; readonly isCut: boolean }> | undefined
  const read = async () => {
    const ids = new Set(anchor === undefined ? [] : [anchor])
    const breathe = breather(signal)
    let isCut = false
    for (const id of ids) {
      if (ids.size > maxAncestors) return { ids, isCut: false }
      await breathe()
      const object = await reader.read(id)
      if (object?.type !== 'commit') isCut = true
      else for (const parent of parentsOf(object.content, id, place)) ids.add(parent)
    }
    return { ids, isCut }
  }
  const once = () => {
    reading ??= read()
    return reading
  }
  return {
    has: async (id: string): Promise<boolean> => (await once()).ids.has(id),
    isCut: async (): Promise<boolean> => (await once()).isCut,
  }
}

const about = (current: string, id: string, verification: Verification): Walked =>
  current === id
    ? { verification, isCertain: true }
    : {
        verification: {
          ...verification,
          reason: `commit ${current.slice(0, 12)} before it: ${verification.reason ?? ''}`,
        },
        isCertain: false,
      }

const notGiven = (id: string): Walked => ({
  verification: { outcome: 'untrusted', reason: `commit ${id.slice(0, 12)} before it is not given out` },
  isCertain: false,
})

const tooMany = (maxCommits: number): Walked => ({
  verification: {
    outcome: 'untrusted',
    reason: `it has more than ${maxCommits} commits since the last one that is trusted`,
  },
  isCertain: false,
})
