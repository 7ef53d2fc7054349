import { join } from 'node:path'
import type { Assignment, Recorded } from './agent.ts'
import { type Failpoint, failpointNames } from './failpoints.ts'
import type { Place } from './place.ts'
import { type Random, randomOf } from './random.ts'
import { runProcess } from './run-process.ts'
import { type Step, scenario } from './scenario.ts'

/** What one run came to. */
export interface Figures {
  /** Kills at each instant; `random` for those at any. */
  readonly kills: Readonly<Record<string, number>>
  readonly commits: number
  /** Resources that somebody else put where one of ours was being deleted. */
  readonly foreign: number
  /** Edits by somebody else while nothing ran. */
  readonly edits: number
  readonly resources: number
  /** What is not as it would be without a crash, in words. Empty when all is well. */
  readonly wrong: readonly string[]
}

/** How a run is made. */
export interface CrashRun {
  readonly seed: number
  /** Folder for the store. */
  readonly folder: string
  readonly place: Place
  readonly commits: number
  /** Processes killed at each commit. 0: the run without a crash. */
  readonly killsAtEach: number
  /** The instants to begin with: runs share the list, so that each has its turn. */
  readonly firstFailpoint: number
}

/** Brings a series of commits about with processes that are killed, and looks at what is live after each. */
export async function crashRun(options: CrashRun): Promise<Figures> {
  const { place, folder, killsAtEach } = options
  const random = randomOf(options.seed)
  const steps = scenario(random, place.fileOf, options.commits)
  const kills: Record<string, number> = {}
  const theirs = new Map<string, string>()
  const wrong: string[] = []
  const count = { foreign: 0, edits: 0, resources: 0 }
  let next = options.firstFailpoint
  let before: Step | undefined
  for (const [number, step] of steps.entries()) {
    const assignment: Assignment = {
      place: place.settings,
      store: join(folder, 'state.db'),
      wanted: step.wanted,
      theirs: [],
    }
    // A removal that nothing proves to be ours is held until a person has looked: here is the person.
    if (!place.uids && step.wanted.applications.some(({ leaves }) => leaves)) {
      for (const id of theirs.keys()) await place.remove(id)
      theirs.clear()
    }
    for (let kill = 0; kill < killsAtEach; kill++) {
      const isFirst = kill === 0 && before !== undefined && isSameApplications(before, step)
      const isTurn = kill === 0 && before !== undefined && !isSameApplications(before, step)
      const failpoint = isTurn ? { name: random.pick(turns), count: 1 } : failpointOf(next++, random)
      const mine = { ...assignment, theirs: [...theirs.keys()].map(place.keyOf) }
      const told = isFirst ? { ...mine, before: before?.wanted.files ?? {} } : mine
      const { killed } = await runAgent(told, failpoint, random.below(400))
      if (!killed) break
      const name = failpoint === undefined ? 'random' : failpoint.name
      kills[name] = (kills[name] ?? 0) + 1
      const isHeld = !place.uids && step.wanted.applications.some(({ leaves }) => leaves)
      if (!isHeld) await disturb(place, step, theirs, random, count)
    }
    const { killed, recorded } = await runAgent(
      { ...assignment, theirs: [...theirs.keys()].map(place.keyOf) },
      undefined,
    )
    if (killed || recorded === undefined) throw new Error(`Commit ${number} came to no end`)
    wrong.push(
      ...(await differences(place, step, theirs, recorded)).map((what) => `commit ${number}: ${what}`),
    )
    count.resources = step.live.size
    before = step
  }
  return { kills, commits: steps.length, ...count, wrong }
}

const isSameApplications = (one: Step, other: Step): boolean =>
  JSON.stringify(one.wanted.applications) === JSON.stringify(other.wanted.applications)

/** What happens only where an application gets another name, or goes. */
const turns = ['beforeTakeOver', 'afterTakeOver', 'beforeForget', 'afterForget'] as const

/** Each instant in turn, at its first to third time; every fifth kill is at any moment. */
function failpointOf(number: number, random: Random): Failpoint | undefined {
  if (number % 5 === 4) return undefined
  const name = failpointNames[(number - Math.floor(number / 5)) % failpointNames.length]
  return name && { name, count: 1 + random.below(3) }
}

/** Somebody else, while nothing runs: takes the place of what was just deleted, and edits what is ours. */
async function disturb(
  place: Place,
  step: Step,
  theirs: Map<string, string>,
  random: Random,
  count: { foreign: number; edits: number },
): Promise<void> {
  const live = await place.live(step.wanted.applications.map(({ name }) => name))
  for (const id of step.gone) {
    if (live.has(id) || theirs.has(id) || random.below(3) > 0) continue
    theirs.set(id, `theirs ${id}`)
    count.foreign++
    await place.put(id, `theirs ${id}`)
  }
  const ours = [...step.live.keys()].filter((id) => live.get(id)?.owner === step.live.get(id)?.owner)
  if (ours.length === 0 || random.below(3) > 0) return
  count.edits++
  await place.put(random.pick(ours), 'edited by somebody else')
}

/** Everything that is not as it would be without a crash. */
export async function differences(
  place: Place,
  { wanted, live: expected }: Step,
  theirs: ReadonlyMap<string, string>,
  recorded: Recorded['recorded'],
): Promise<readonly string[]> {
  const wrong: string[] = []
  const everybody = [
    ...new Set([...wanted.applications.flatMap(({ name, formerly = [] }) => [name, ...formerly]), 'b', 'c']),
  ]
  const live = await place.live(everybody)
  for (const [id, { value, owner }] of expected) {
    const found = live.get(id)
    if (found === undefined) wrong.push(`${id} is not there`)
    else if (found.value !== value) wrong.push(`${id} is ${found.value} and not ${value}`)
    else if (found.owner !== owner)
      wrong.push(`${id} belongs to ${found.owner ?? 'nobody'} and not to ${owner}`)
    const holders = Object.keys(recorded).filter((name) => recorded[name]?.includes(place.keyOf(id)))
    if (holders.join() !== owner)
      wrong.push(`${id} is recorded by ${holders.join() || 'nobody'} and not by ${owner}`)
  }
  for (const [id, { value, owner }] of live) {
    if (expected.has(id)) continue
    const own = theirs.get(id)
    if (own === undefined) wrong.push(`orphan: ${id} of ${owner ?? 'nobody'} is still there`)
    else if (value !== own || owner !== undefined)
      wrong.push(`foreign: ${id} was taken by ${owner ?? 'nobody'}: ${value}`)
  }
  for (const id of theirs.keys()) if (!live.has(id)) wrong.push(`foreign: ${id} was deleted`)
  const known = new Set([...expected.keys(), ...theirs.keys()].map(place.keyOf))
  for (const [name, keys] of Object.entries(recorded))
    for (const key of keys) if (!known.has(key)) wrong.push(`${name} has ${key} on record still`)
  return wrong
}

/** Runs one process to its end: of its own, at a failpoint, or after some milliseconds of work. */
export async function runAgent(
  assignment: Assignment,
  failpoint: Failpoint | undefined,
  killAfterMs?: number,
): Promise<{ readonly killed: boolean; readonly recorded?: Recorded['recorded'] }> {
  const agent = join(import.meta.dirname, 'agent.ts')
  const told = { ...assignment, ...(failpoint && { failpoint }) }
  const { killed, lines } = await runProcess(agent, told, failpoint === undefined ? killAfterMs : undefined)
  const [line] = lines
  const recorded = line === undefined ? undefined : (JSON.parse(line) as Recorded).recorded
  return { killed, ...(recorded && { recorded }) }
}
