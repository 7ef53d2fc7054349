import { isMooringError, type Snapshot, type SnapshotEntry, type Source } from '@mooring/core'
import type { GitTraffic } from './repository/traffic.ts'

/** What a source has done so far, for dashboards and alerts. Numbers only: no names, no credentials, nothing of content. */
export interface GitMetrics extends GitTraffic {
  /** Times the source was asked what is new. */
  readonly polls: number
  /** Errors by their code: a limit, a policy or a server that was not believed shows here. */
  readonly refusals: Readonly<Record<string, number>>
}

/** A source that counts what it does. */
export interface GitSource extends Source {
  /**
   * Counts from when it was made. Traffic is that of the repository: sources that share one (same address, credentials and
   * limits) show the same. A repository of this machine has none.
   */
  readonly metrics: () => GitMetrics
}

/** Counts polls and errors of a source and its snapshots. */
export function meteredSource(source: Source, traffic: () => GitTraffic): GitSource {
  let polls = 0
  const refusals = new Map<string, number>()

  const counted = async <Value>(work: Promise<Value>): Promise<Value> => {
    try {
      return await work
    } catch (thrown) {
      count(thrown)
      throw thrown
    }
  }
  const count = (thrown: unknown): void => {
    if (isMooringError(thrown)) refusals.set(thrown.code, (refusals.get(thrown.code) ?? 0) + 1)
  }

  async function* listed(entries: AsyncIterable<SnapshotEntry>): AsyncGenerator<SnapshotEntry> {
    try {
      yield* entries
    } catch (thrown) {
      count(thrown)
      throw thrown
    }
  }

  const snapshotOf = (snapshot: Snapshot): Snapshot => ({
    ...snapshot,
    digestOf: (path, options) => counted(snapshot.digestOf(path, options)),
    list: (path, options) => listed(snapshot.list(path, options)),
    read: (path, options) => counted(snapshot.read(path, options)),
  })

  return {
    ...source,
    resolve: (options) => {
      polls++
      return counted(source.resolve(options))
    },
    find: (id, options) => counted(source.find(id, options)),
    open: async (revision, options) => snapshotOf(await counted(source.open(revision, options))),
    metrics: () => ({ ...traffic(), polls, refusals: Object.fromEntries(refusals) }),
  }
}
