import { endsOwnership } from '../model/change.ts'
import type { Owner, ResourceKey, Waiting } from '../model/resource.ts'
import type { Difference } from './diff.ts'
import { isOwnedBy, type Ownership } from './owned-by.ts'

/** What another application of the same engine, on the same target, has to do with one resource. */
export interface Neighbour {
  readonly application: string
  /** Names it had formerly, whose marks count as its own. */
  readonly formerly?: readonly string[]
  /** Its desired state, as it planned last, has the resource. */
  readonly desires: boolean
  /** Its inventory has the resource, applied or announced, or the live one carries its mark. */
  readonly holds: boolean
  /** Its inventory has the resource as applied: its mark was on the live one, and another may be there since. */
  readonly owns: boolean
  /** It reads the same source and has not planned our revision yet: what it desires is about to change. */
  readonly isBehind: boolean
}

/** What other applications mean for the differences of one. */
export interface Moves {
  /** Differences that are ours to settle now. */
  readonly changes: readonly Difference[]
  /** What waits until another application has planned the same revision. */
  readonly waiting: readonly Waiting[]
  /** Deletes among those, by the applications that have not planned: past a grace time they are held, not awaited. */
  readonly awaited: { readonly deletes: readonly Difference[]; readonly applications: readonly string[] }
  /** Entries that another application has taken over. */
  readonly forget: readonly ResourceKey[]
  /** Entries that another application desires and has not taken over: nothing is done to them. */
  readonly left: readonly ResourceKey[]
  /** Live resources that may be taken over from an application that desires them no more: the names it goes by. */
  readonly from: ReadonlyMap<ResourceKey, readonly string[]>
  /** Resources that another application desires and was first to have. */
  readonly twice: readonly { readonly label: string; readonly application: string }[]
}

/** What moves are worked out from. */
export interface MovesInput extends Ownership {
  readonly differences: readonly Difference[]
  readonly neighboursOf: (difference: Difference) => readonly Neighbour[]
  /** Applications that read our source, are on our target, may have this resource and have not planned our revision. */
  readonly behind: (key: ResourceKey) => readonly string[]
}

/**
 * Between applications of one engine a resource moves without being deleted on the way, whichever of them runs first:
 * who lost it leaves it alone as soon as another desires it, and who desires it takes it over as soon as the other lost
 * it. Nothing is pruned before everybody who could desire it has said so. Where the live resource carries a mark, that
 * tells whose it is, and no inventory: after a crash amid a move two of them have it. Pure.
 */
export function moves({ differences, neighboursOf, behind, ...ownership }: MovesInput): Moves {
  const changes: Difference[] = []
  const waiting: Waiting[] = []
  const deletes: Difference[] = []
  const awaited = new Set<string>()
  const forget: ResourceKey[] = []
  const left: ResourceKey[] = []
  const from = new Map<ResourceKey, readonly string[]>()
  const twice: { label: string; application: string }[] = []
  const wait = (label: string, applications: readonly string[]): void => {
    waiting.push({ label, reason: `${applications.join(', ')} has not planned this revision yet` })
  }
  for (const difference of differences) {
    const { key, label, observation } = difference
    const neighbours = neighboursOf(difference)
    const isMarkedOurs = observation !== undefined && isOwnedBy(observation, ownership)
    if (endsOwnership(difference)) {
      const heir = neighbours.find(({ desires }) => desires)
      const late = heir === undefined ? behind(key) : []
      // An intent is not enough, nor what the heir recorded once: until it has it, our mark is what it takes it over from.
      if (heir?.owns && !isMarkedOurs) forget.push(key)
      else if (heir !== undefined) left.push(key)
      else if (late.length === 0) changes.push(difference)
      else {
        wait(label, late)
        deletes.push(difference)
        for (const name of late) awaited.add(name)
      }
      continue
    }
    const holders = isTaking(difference) ? neighbours.filter(({ holds }) => holds) : []
    const late = holders.flatMap(({ application, isBehind }) => (isBehind ? [application] : []))
    const rival = holders.find(({ desires }) => desires)
    if (!isMarkedOurs && late.length > 0) wait(label, late)
    else if (!isMarkedOurs && rival !== undefined) twice.push({ label, application: rival.application })
    else {
      changes.push(difference)
      if (holders.length > 0) from.set(key, holders.flatMap(namesOf))
    }
  }
  return { changes, waiting, awaited: { deletes, applications: [...awaited] }, forget, left, from, twice }
}

/** Whether a change makes something ours that is not, although we may think so: its mark can be another one by now. */
const isTaking = ({ entry, reason }: Difference): boolean =>
  entry?.owned === undefined || reason === 'adopted'

const namesOf = ({ application, formerly = [] }: Neighbour): readonly string[] => [application, ...formerly]

/** Whether a live mark is that of the application a resource moves away from. */
export const movesFrom = (
  from: ReadonlyMap<ResourceKey, readonly string[]>,
  key: ResourceKey,
  live: Owner | undefined,
  owner: Owner,
): boolean =>
  live !== undefined &&
  live.installation === owner.installation &&
  from.get(key)?.includes(live.application) === true
