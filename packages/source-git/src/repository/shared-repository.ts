import { createHash } from 'node:crypto'
import type { Reach } from '../options/reach.ts'
import { disposed } from './disposed.ts'
import { type RemoteOptions, remoteRepository } from './remote-repository.ts'
import type { Repository } from './repository.ts'
import { type GitTraffic, noTraffic } from './traffic.ts'

interface Shared {
  readonly repository: Repository
  users: number
}

// Sources know nothing of each other, and yet must share what they download: this is the one place where they meet. An
// entry lives from the first question of its first source to the disposal of its last, so nothing is left behind.
const shared = new Map<string, Shared>()
const functions = new WeakMap<object, number>()
let lastFunction = 0

/**
 * A repository behind HTTP that all sources of this process with the same address, credentials and limits share:
 * connections, questions that are asked at the same time, and everything downloaded. Disposing it ends what was asked
 * through it; what was downloaded goes when the last one is disposed.
 */
export function sharedRepository(options: RemoteOptions): Repository {
  const ended = new AbortController()
  const underWay = new Set<Promise<unknown>>()
  let held: Repository | undefined
  let traffic = (): GitTraffic => noTraffic
  const key = keyOf(options)

  const hold = (): Repository => {
    if (held === undefined) {
      const entry = shared.get(key) ?? { repository: remoteRepository(options), users: 0 }
      shared.set(key, entry)
      entry.users++
      held = entry.repository
      traffic = held.traffic
    }
    return held
  }

  const through = async <Value>(
    signal: AbortSignal,
    work: (repository: Repository, signal: AbortSignal) => Promise<Value>,
  ): Promise<Value> => {
    signal.throwIfAborted()
    ended.signal.throwIfAborted()
    const working = work(hold(), AbortSignal.any([signal, ended.signal]))
    const settled: Promise<unknown> = working.then(
      () => underWay.delete(settled),
      () => underWay.delete(settled),
    )
    underWay.add(settled)
    return working
  }

  return {
    tip: (ref, signal) => through(signal, (repository, both) => repository.tip(ref, both)),
    obtain: (commit, { signal, ...how }) =>
      through(signal, async (repository, both) => {
        const holding = await repository.obtain(commit, { signal: both, ...how })
        return (
          holding && {
            ...holding,
            bring: (ids, signal) => through(signal, (_, either) => holding.bring(ids, either)),
            bringTag: (id, signal) => through(signal, (_, either) => holding.bringTag(id, either)),
          }
        )
      }),
    traffic: () => traffic(),
    dispose: async () => {
      ended.abort(disposed(options.location.url))
      await Promise.all(underWay)
      const repository = held
      held = undefined
      if (repository !== undefined) await letGo(key)
    },
  }
}

async function letGo(key: string): Promise<void> {
  const entry = shared.get(key)
  if (entry === undefined) return
  entry.users--
  if (entry.users > 0) return
  shared.delete(key)
  await entry.repository.dispose()
}

/** Says nothing of the credentials, and is the same only for the same ones. */
function keyOf({ location, reach, ...others }: RemoteOptions): string {
  const { auth, policy, ...way } = reach
  const parts = [location, way, credentialsOf(auth), policy?.key, others]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

function credentialsOf(auth: Reach['auth']): unknown {
  if (typeof auth !== 'function') return auth ?? null
  const known = functions.get(auth) ?? ++lastFunction
  functions.set(auth, known)
  return known
}
