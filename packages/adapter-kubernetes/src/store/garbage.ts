import { inParallel } from './in-parallel.ts'
import type { Secrets } from './secrets.ts'

/** Secrets that were written or needed by commits which have ended, and that may stand there in vain. */
export interface Garbage {
  /** From now on these are suspect: no write that names them begins any more. */
  readonly suspect: (segment: string, names: readonly string[]) => void
  /** The suspects so far. Ask before the head is replaced: only they are in vain if that goes well. */
  readonly suspects: (segment: string) => readonly string[]
  /**
   * Deletes suspects that the head does not name which has just replaced another: whatever was still on its way and names
   * them was to replace that other one, and cannot. Never throws; what cannot be deleted now stays suspect.
   */
  readonly collect: (
    secrets: Secrets,
    segment: string,
    names: readonly string[],
    signal: AbortSignal,
  ) => Promise<void>
}

/** Nothing suspect. What a process forgets by its end, the next opening finds. */
export function createGarbage(): Garbage {
  const suspects = new Map<string, Set<string>>()
  const forget = (segment: string, name: string): void => {
    const left = suspects.get(segment)
    left?.delete(name)
    if (left?.size === 0) suspects.delete(segment)
  }
  const suspect: Garbage['suspect'] = (segment, names) => {
    if (names.length === 0) return
    const all = suspects.get(segment) ?? new Set()
    suspects.set(segment, all)
    for (const name of names) all.add(name)
  }
  return {
    suspect,
    suspects: (segment) => [...(suspects.get(segment) ?? [])],
    collect: async (secrets, segment, names, signal) => {
      suspect(segment, names)
      const removal = async (name: string): Promise<void> => {
        await secrets.remove(name, signal)
        forget(segment, name)
      }
      await inParallel(names, 4, removal).catch(() => undefined)
    },
  }
}
