import type { LfsObjects } from '../lfs/lfs-objects.ts'
import type { Repository } from '../repository/repository.ts'
import { type GitTraffic, sumOf } from '../repository/traffic.ts'

/** The repository of a submodule. */
export interface KeptRepository {
  readonly repository: Repository
  readonly lfs: LfsObjects | undefined
}

/** Repositories that submodules are in, each open once. */
export interface KeptRepositories {
  /** To be given back. Throws what opening does. */
  readonly take: (key: string, open: () => KeptRepository) => KeptRepository
  readonly giveBack: (key: string) => Promise<void>
  /** Of all that were ever open. */
  readonly traffic: () => GitTraffic
  readonly dispose: () => Promise<void>
}

/** Kept for the next snapshot. Whoever can push chooses the URLs, and may choose others each time. */
const maxIdle = 32

/** Begins with none. Those used last are kept with what they downloaded, for the next snapshot. */
export function keptRepositories(): KeptRepositories {
  const kept = new Map<string, { readonly place: KeptRepository; users: number }>()
  let closed: GitTraffic | undefined

  const close = async (key: string, { repository, lfs }: KeptRepository): Promise<void> => {
    kept.delete(key)
    await lfs?.close()
    await repository.dispose()
    closed = sumOf([...(closed === undefined ? [] : [closed]), repository.traffic(), ...trafficOf(lfs)])
  }

  return {
    take: (key, open) => {
      const entry = kept.get(key) ?? { place: open(), users: 0 }
      kept.delete(key)
      kept.set(key, entry)
      entry.users++
      return entry.place
    },
    giveBack: async (key) => {
      const entry = kept.get(key)
      if (entry !== undefined) entry.users--
      const idle = [...kept].filter(([, { users }]) => users === 0)
      for (const [name, { place }] of idle.slice(0, Math.max(0, idle.length - maxIdle)))
        await close(name, place)
    },
    traffic: () =>
      sumOf([
        ...(closed === undefined ? [] : [closed]),
        ...[...kept.values()].flatMap(({ place }) => [place.repository.traffic(), ...trafficOf(place.lfs)]),
      ]),
    dispose: async () => {
      await Promise.all([...kept].map(([key, { place }]) => close(key, place)))
    },
  }
}

const trafficOf = (lfs: LfsObjects | undefined): readonly GitTraffic[] =>
  lfs === undefined ? [] : [lfs.traffic()]
