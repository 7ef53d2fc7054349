import { readCommit } from './commit.ts'
import type { ObjectReader } from './object-reader.ts'

/** `unknown`: history is cut off, or too long, before the answer. */
export type Ancestry = 'follows' | 'unrelated' | 'unknown'

const maxCommits = 10_000

/** Whether one commit has another in its past, as far as history is here. Looks at 10,000 commits at most. */
export async function ancestryOf(
  reader: ObjectReader,
  options: {
    readonly id: string
    readonly past: string
    readonly place: string
    readonly signal: AbortSignal
  },
): Promise<Ancestry> {
  const { id, past, place, signal } = options
  const seen = new Set([id])
  const line = [id]
  let isCut = false
  for (const current of line) {
    signal.throwIfAborted()
    if (current === past) return 'follows'
    if (seen.size > maxCommits) return 'unknown'
    const commit = await readCommit(reader, current, place)
    if (commit === undefined) isCut = true
    for (const parent of commit?.parents ?? []) {
      if (seen.has(parent)) continue
      seen.add(parent)
      line.push(parent)
    }
  }
  return isCut ? 'unknown' : 'unrelated'
}
