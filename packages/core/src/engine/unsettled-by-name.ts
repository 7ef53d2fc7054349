import { type Unsettled, unsettledWrites } from '../pass/apply-stage.ts'
import type { Named } from './names.ts'

/**
 * Writes under way that nobody waits for any more, by the name of their application. Kept when a definition goes: a write
 * of the one before may still be under way when the next one plans, under the same name or another. `onSettled` hears the
 * name that may be waiting for one.
 */
export function unsettledByName(onSettled: (name: string) => void): (application: Named) => Unsettled {
  const known = new Map<string, Unsettled>()
  const heirs = new Map<string, string>()
  const of = (name: string): Unsettled => {
    const made =
      known.get(name) ??
      unsettledWrites(() => {
        onSettled(name)
        const heir = heirs.get(name)
        if (heir !== undefined) onSettled(heir)
      })
    known.set(name, made)
    return made
  }
  return ({ name, formerly }) => {
    for (const old of formerly) heirs.set(old, name)
    const own = of(name)
    const before = formerly.map(of)
    return { add: own.add, has: (key) => own.has(key) || before.some((one) => one.has(key)) }
  }
}
