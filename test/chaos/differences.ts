import type { Engine } from '@mooring/core'
import type { LiveObject } from './intruder.ts'
import { applications, kindOf, type Wanted } from './wanted.ts'

/** What has to be so when everything has healed. */
export interface Expected {
  readonly wanted: Wanted
  /** The newest commit. */
  readonly revision: string
  readonly namespace: string
  /** What somebody else made, as it was then. Where Git asks for the same name, it is held. */
  readonly theirs: ReadonlyMap<string, LiveObject>
  /** What Git has dropped and asked to be kept, with its uid. */
  readonly kept: ReadonlyMap<string, string>
  /** Uids of what nobody has ended since, neither Git nor somebody else. */
  readonly steady: ReadonlyMap<string, string>
}

/** Everything that differs, in words that begin with its sort. Empty when all is well. */
export async function differences(
  engine: Engine,
  live: ReadonlyMap<string, LiveObject>,
  expected: Expected,
): Promise<readonly string[]> {
  return [...differencesOf(live, expected), ...(await differencesToldBy(engine, expected))]
}

function differencesOf(live: ReadonlyMap<string, LiveObject>, expected: Expected): readonly string[] {
  const { wanted, theirs, kept, steady, namespace } = expected
  const wrong: string[] = []
  for (const { id, folder, value } of wanted.values()) {
    if (theirs.has(id)) continue
    const found = live.get(id)
    const mark = `${namespace}/${folder}/${keyOf(namespace, id)}`
    if (found === undefined) wrong.push(`content: ${id} is not there`)
    else if (found.value !== value) wrong.push(`content: ${id} is ${found.value} and not ${value}`)
    else if (found.mark !== mark) wrong.push(`content: ${id} carries ${found.mark} and not ${mark}`)
    else if ((steady.get(id) ?? found.uid) !== found.uid)
      wrong.push(`forbidden: ${id} was deleted on the way`)
  }
  for (const [id, uid] of kept) {
    const found = live.get(id)
    if (found?.uid !== uid) wrong.push(`forbidden: ${id} was to be kept and was deleted`)
    else if (found.mark !== undefined) wrong.push(`content: ${id} is dropped and carries ${found.mark} still`)
  }
  for (const [id, made] of theirs) {
    const found = live.get(id)
    if (found === undefined) wrong.push(`foreign: ${id} was deleted`)
    else if (found.uid !== made.uid || found.version !== made.version)
      wrong.push(`foreign: ${id} was changed, and carries ${found.mark ?? 'no mark'}`)
  }
  for (const { name, mark } of live.values())
    if (!wanted.has(name) && !kept.has(name) && !theirs.has(name))
      wrong.push(`orphan: ${name} is still there, with ${mark ?? 'no mark'}`)
  return wrong
}

async function differencesToldBy(
  engine: Engine,
  { wanted, theirs, revision, namespace }: Expected,
): Promise<readonly string[]> {
  const wrong: string[] = []
  for (const name of applications) {
    const mine = [...wanted.values()].filter(({ folder }) => folder === name)
    const held = mine.filter(({ id }) => theirs.has(id)).map(({ id }) => keyOf(namespace, id))
    const status = await engine.status(name)
    const { sync, desired, applied, operation, lastError, holds, resources } = status
    const tell = (what: string): void => void wrong.push(`trigger: ${name} ${what}`)
    if (desired?.id !== revision) tell(`knows of ${desired?.id} and not of ${revision}`)
    if (lastError !== undefined) tell(`says ${lastError.code}: ${lastError.message}`)
    const keys = holds.flatMap((hold) => hold.keys).toSorted()
    if (keys.join() !== held.toSorted().join())
      tell(`holds ${keys.join() || 'nothing'} and not ${held.join() || 'nothing'}`)
    if (resources !== mine.length - held.length)
      tell(`has ${resources} resources on record and not ${mine.length - held.length}`)
    if (held.length > 0) continue
    if (sync !== 'synced' || operation !== undefined) tell(`is ${sync}, operation ${operation?.id ?? 'none'}`)
    else if (applied?.id !== revision) tell(`has applied ${applied?.id} and not ${revision}`)
  }
  return wrong
}

const keyOf = (namespace: string, id: string): string => `/${kindOf(id).kind}/${namespace}/${id}`
