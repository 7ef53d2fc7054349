import { join } from 'node:path'
import type { Assignment } from './agent.ts'
import { differences, runAgent } from './crash-run.ts'
import { type Failpoint, failpointNames } from './failpoints.ts'
import type { Place } from './place.ts'
import { type Random, randomOf } from './random.ts'
import type { Step } from './scenario.ts'

/** What moving came to. */
export interface MovesFigures {
  readonly rounds: number
  /** Resources that changed their application, over all rounds. */
  readonly moves: number
  readonly kills: number
  /** What is not as it should be, in words. Empty when all is well. */
  readonly wrong: readonly string[]
}

/** How moves are made. */
export interface MovesRun {
  readonly seed: number
  readonly folder: string
  readonly place: Place
  readonly rounds: number
  /** Every process finds the commit before first, and the newest while it runs. Default only the first of each round. */
  readonly behind?: boolean
  readonly onRound?: (round: number, wrong: number) => void
}

const applications = ['a', 'b', 'c', 'd'] as const
const resources = Array.from({ length: 20 }, (_, number) => `m${number}`)

/**
 * Moves twenty resources between four applications, one commit a round, with engines that are killed midway and
 * applications that run in any order. After each round every resource must be the one it was, where the system can tell,
 * and belong to one application, by its mark and by what is recorded.
 */
export async function movesRun({
  seed,
  folder,
  place,
  rounds,
  behind = false,
  onRound,
}: MovesRun): Promise<MovesFigures> {
  const random = randomOf(seed)
  const wrong: string[] = []
  const count = { moves: 0, kills: 0 }
  let at = new Map<string, string>(
    resources.map((id, number) => [id, applications[number % applications.length] ?? 'a']),
  )
  let step = stepOf(at, place, random)
  const told = (now: Step): Assignment => ({
    place: place.settings,
    store: join(folder, 'moves.db'),
    wanted: now.wanted,
    theirs: [],
  })
  await runAgent(told(step), undefined)
  const uids = new Map([...(await place.live(applications))].map(([id, { uid }]) => [id, uid]))
  for (let round = 1; round <= rounds; round++) {
    const before = step.wanted.files
    at = moved(at, random)
    count.moves += at.size
    step = stepOf(at, place, random)
    // One commit: whoever comes after a kill finds it made already, unless its source is behind.
    let first: { readonly before?: Step['wanted']['files'] } = { before }
    for (let kill = random.below(3); kill > 0; kill--) {
      const assignment = { ...told(stepInOrder(step, random)), ...first }
      const { killed } = await runAgent(assignment, failpointOf(random), random.below(300))
      if (!behind) first = {}
      if (!killed) break
      count.kills++
    }
    const { recorded } = await runAgent({ ...told(stepInOrder(step, random)), ...first }, undefined)
    const found = [...(await differences(place, step, new Map(), recorded ?? {}))]
    for (const [id, { uid }] of await place.live(applications))
      if (uids.has(id) && uids.get(id) !== uid) found.push(`deleted: ${id} was made anew on the way`)
    wrong.push(...found.map((what) => `round ${round}: ${what}`))
    onRound?.(round, wrong.length)
  }
  return { rounds, ...count, wrong }
}

/** Every resource in another application than before, and none of those without one: an empty folder is no folder. */
function moved(at: ReadonlyMap<string, string>, random: Random): Map<string, string> {
  for (;;) {
    const next = new Map([...at].map(([id, owner]) => [id, elsewhere(owner, random)]))
    if (new Set(next.values()).size === applications.length) return next
  }
}

const elsewhere = (owner: string, random: Random): string =>
  random.pick(applications.filter((application) => application !== owner))

/** Half of the kills come while something moves, the others at any moment. */
const failpointOf = (random: Random): Failpoint | undefined =>
  random.below(2) === 0
    ? undefined
    : {
        name: random.pick(failpointNames.filter((name) => !/TakeOver|Forget/.test(name))),
        count: 1 + random.below(4),
      }

function stepOf(at: ReadonlyMap<string, string>, place: Place, random: Random): Step {
  const files: Record<string, string> = {}
  const counts: Record<string, number> = {}
  const live = new Map<string, { readonly value: string; readonly owner: string }>()
  for (const [id, owner] of at) {
    const [name, content] = place.fileOf(id, 'moved')
    files[`${owner}/${name}`] = content
    counts[owner] = (counts[owner] ?? 0) + 1
    live.set(id, { value: 'moved', owner })
  }
  const wanted = { applications: shuffled(random), folderOf: {}, files, resources: counts }
  return { wanted, live, gone: [] }
}

const stepInOrder = (step: Step, random: Random): Step => ({
  ...step,
  wanted: { ...step.wanted, applications: shuffled(random) },
})

function shuffled(random: Random): { readonly name: string }[] {
  const left: string[] = [...applications]
  const names: { readonly name: string }[] = []
  while (left.length > 0) names.push(...left.splice(random.below(left.length), 1).map((name) => ({ name })))
  return names
}
