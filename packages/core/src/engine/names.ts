import type { MooringError } from '../errors/mooring-error.ts'
import { misuse } from './misuse.ts'

/** An application by all the names it has and had. */
export interface Named {
  readonly name: string
  readonly formerly: readonly string[]
}

/** Why an application cannot stand beside these: what is recorded under a name goes to one application. Pure. */
export function clashOf(added: Named, others: readonly Named[]): MooringError | undefined {
  const names = new Set([added.name, ...added.formerly])
  for (const other of others) {
    if (other.name === added.name) continue
    const shared = [other.name, ...other.formerly].find((name) => names.has(name))
    if (shared !== undefined) return misuse.formerlyInUse(added.name, other.name, shared)
  }
  return undefined
}

/** Recorded names that nobody has or had. Pure. */
export function strangers(recorded: readonly string[], known: readonly Named[]): readonly string[] {
  const names = new Set(known.flatMap(({ name, formerly }) => [name, ...formerly]))
  return recorded.filter((name) => !names.has(name))
}
