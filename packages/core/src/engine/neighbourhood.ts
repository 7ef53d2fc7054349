import type { ResourceKey } from '../model/resource.ts'
import type { Neighbours, Standing } from '../pass/neighbours.ts'
import type { SourceDesk } from './source-desk.ts'

/** One application among the others. */
export interface Member {
  readonly name: string
  readonly source: SourceDesk
  readonly standing: Standing
  /** Brings its next pass forward. */
  readonly wake: () => void
}

/** All applications of one engine, so that a resource can move from one to another. */
export interface Neighbourhood {
  /** What the application of this name sees of the others. */
  readonly seenBy: (name: string) => Neighbours
}

/** Looks members up when it is asked: nothing is indexed, because moves are rare and members come and go. */
export function neighbourhood(members: () => Iterable<Member>): Neighbourhood {
  /** By target and key: who is about to make the resource its own. */
  const claims = new Map<string, string>()
  const claimOf = (target: string, key: ResourceKey): string => `${target}\n${key}`

  return {
    seenBy: (name) => {
      const mine = new Set<string>()
      const others = (): readonly Member[] => [...members()].filter((member) => member.name !== name)
      const me = (): Member | undefined => [...members()].find((member) => member.name === name)
      const readsOurSource = (member: Member): boolean => {
        const ours = me()?.source
        return (
          ours !== undefined && (ours === member.source || ours.source.name === member.source.source.name)
        )
      }
      return {
        of: (target, key, revision, marked) =>
          others()
            .filter((member) => mayBeOn(member, target))
            .map((member) => {
              const { planned, desires, holds } = member.standing
              const isUnknown = planned() === undefined
              return {
                application: member.name,
                desires: desires(key),
                holds: holds(key) || (isUnknown && marked === member.name),
                isBehind: isUnknown || (readsOurSource(member) && planned() !== revision.id),
              }
            })
            .filter(({ desires, holds }) => desires || holds),
        behind: (target, revision) =>
          others()
            .filter((member) => mayBeOn(member, target))
            .filter((member) => readsOurSource(member) && member.standing.planned() !== revision.id)
            .map((member) => member.name),
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
          for (const member of others()) if (member.standing.waits()) member.wake()
        },
        took: (keys) => {
          for (const member of others()) if (keys.some(member.standing.holds)) member.wake()
        },
      }
    },
  }
}

const mayBeOn = ({ standing }: Member, target: string): boolean => (standing.target() ?? target) === target
