import type { ResourceKey } from '../model/resource.ts'
import type { Revision } from '../model/revision.ts'
import type { Neighbours, Standing } from '../pass/neighbours.ts'
import { circleThrough, type Standpoint, type Unmet } from '../pipeline/dependency.ts'
import type { Neighbour } from '../pipeline/moves.ts'
import type { SourceDesk } from './source-desk.ts'

/** One application among the others. */
export interface Member {
  readonly name: string
  /** Names it had formerly. */
  readonly formerly: readonly string[]
  readonly source: SourceDesk
  readonly standing: Standing
  /** Applications it depends on. */
  readonly dependsOn: readonly string[]
  /** How it stands for those that depend on it; `isThere` judges the revision of its last plan. */
  readonly standpoint: (isThere: (revision: string) => boolean) => Standpoint
  /** Brings its next pass forward. */
  readonly wake: () => void
}

/** All applications of one engine, so that a resource can move from one to another. */
export interface Neighbourhood {
  /** What the application of this name sees of the others. */
  readonly seenBy: (name: string) => Neighbours
}

/**
 * Looks members up when it is asked: nothing is indexed by key, because moves are rare. Every pass comes here, and looks at
 * every member: with a thousand applications a commit means a million looks, so that a look allocates nothing.
 */
export function neighbourhood(members: ReadonlyMap<string, Member>): Neighbourhood {
  /** By target and key: who is about to make the resource its own. */
  const claims = new Map<string, string>()
  const claimOf = (target: string, key: ResourceKey): string => `${target}\n${key}`

  return {
    seenBy: (name) => {
      const mine = new Set<string>()
      const others = (): readonly Member[] => [...members.values()].filter((member) => member.name !== name)
      const me = (): Member | undefined => members.get(name)
      /** Answers for every member after one look for ours: a pass asks about each of its changes. */
      const readsOurSource = (): ((member: Member) => boolean) => {
        const names = new Set(namesOf(me()?.source))
        return ({ source }) => namesOf(source).some((each) => names.has(each))
      }
      const hasPlanned = (member: Member, revision: Revision): boolean =>
        hasPlannedBy(member, revision, me()?.source.source.name ?? '')
      return {
        of: (target, key, revision, marked) => {
          const found: (Part & { readonly member: Member })[] = []
          for (const member of members.values()) {
            const part = member.name === name ? undefined : partIn(member, target, key, marked)
            if (part !== undefined) found.push({ ...part, member })
          }
          if (found.length === 0) return []
          const isOfOurSource = readsOurSource()
          return found.map(({ member, isUnknown, desires, holds, owns }) => ({
            application: member.name,
            formerly: member.formerly,
            desires,
            holds,
            owns,
            isBehind: isUnknown || (isOfOurSource(member) && !hasPlanned(member, revision)),
          }))
        },
        behind: (target, revision, since) => {
          const late = others()
            .filter((member) => mayBeOn(member.standing, target) && !hasPlanned(member, revision))
            .filter(({ standing }) => since === undefined || !standing.isSameFolder(since, revision.id))
            .filter(readsOurSource())
          return (key) => late.filter(({ standing }) => standing.mayHave(key)).map((member) => member.name)
        },
        unmet: (revision) => {
          const dependsOn = me()?.dependsOn ?? []
          if (dependsOn.length === 0) return []
          const circle = circleThrough(name, (each) => members.get(each)?.dependsOn ?? [])
          const isOfOurSource = readsOurSource()
          return dependsOn.flatMap((application) => {
            const member = members.get(application)
            if (circle?.[1] === application) return [inACircle(application, circle)]
            if (member === undefined) return [missing(application)]
            const wanted = revision !== undefined && isOfOurSource(member) ? revision.id : undefined
            return unmetBy(member, wanted) ?? []
          })
        },
        dependents: () => others().flatMap((each) => (each.dependsOn.includes(name) ? [each.name] : [])),
        claim: (target, keys) => {
          for (const key of keys) {
            const application = claims.get(claimOf(target, key))
            if (application !== undefined && application !== name) return { key, application }
          }
          for (const key of keys) {
            claims.set(claimOf(target, key), name)
            mine.add(claimOf(target, key))
          }
          return undefined
        },
        disclaim: () => {
          for (const claim of mine) claims.delete(claim)
          mine.clear()
        },
        tell: () => {
          for (const member of members.values())
            if (member.name !== name && member.standing.waits()) member.wake()
        },
        took: (keys) => {
          for (const member of others()) if (keys.some(member.standing.holds)) member.wake()
        },
      }
    },
  }
}

/** What one member has to do with a resource. */
interface Part extends Pick<Neighbour, 'desires' | 'holds' | 'owns'> {
  readonly isUnknown: boolean
}

/** Undefined: nothing. What carries its mark it holds, whatever its inventory says. */
function partIn(
  { name, formerly, standing }: Member,
  target: string,
  key: ResourceKey,
  marked: string | undefined,
): Part | undefined {
  const isUnknown = standing.planned() === undefined
  const isMarked = marked !== undefined && (marked === name || formerly.includes(marked))
  const desires = standing.desires(key)
  const holds = standing.holds(key) || isMarked
  if ((!desires && !holds) || !mayBeOn(standing, target)) return undefined
  return { isUnknown, desires, holds, owns: standing.owns(key) }
}

const mayBeOn = (standing: Standing, target: string): boolean => (standing.target() ?? target) === target

/** What a source is made of, by name: applications that have one of them in common read a common repository. */
const namesOf = (desk: SourceDesk | undefined): readonly string[] =>
  desk === undefined ? [] : (desk.source.mounts?.sources ?? [desk.source]).map((source) => source.name)

/** Whether it has planned what this revision says of the sources we have in common, or the newest that its source gave. */
function hasPlannedBy({ standing, source }: Member, revision: Revision, ours: string): boolean {
  const planned = standing.planned()
  if (planned === undefined) return false
  if (planned.id === revision.id || (source.hasRevision() && planned.id === source.revision().id)) return true
  const theirs = new Map(idsOf(planned, source.source.name))
  const common = idsOf(revision, ours).filter(([name]) => theirs.has(name))
  return common.length > 0 && common.every(([name, id]) => theirs.get(name) === id)
}

/** The revisions that one is made of, by the name of the source. */
const idsOf = (revision: Revision, source: string): readonly (readonly [string, string])[] =>
  revision.parts?.map(({ source: name, id }) => [name, id]) ?? [[source, revision.id]]

/** Why a dependency is not met; undefined where it is. `wanted` is the revision it has to have finished, or a newer one. */
function unmetBy({ name, source, standpoint }: Member, wanted: string | undefined): Unmet | undefined {
  const isNewest = (revision: string): boolean => source.hasRevision() && source.revision().id === revision
  const found = standpoint((revision) => wanted === undefined || revision === wanted || isNewest(revision))
  switch (found.kind) {
    case 'met':
      return undefined
    case 'under-way':
      return { application: name, why: found.why, release: 'goes on by itself', passing: true }
    case 'stuck':
      return { application: name, why: found.why, release: found.release, passing: false }
    default:
      return found satisfies never
  }
}

const missing = (application: string): Unmet => ({
  application,
  why: 'is not in this engine',
  release: 'add it with engine.add, or take it out of dependsOn',
  passing: false,
})

const inACircle = (application: string, cycle: readonly string[]): Unmet => ({
  application,
  why: 'depends on this one',
  release: 'take one out of dependsOn',
  passing: false,
  cycle,
})
