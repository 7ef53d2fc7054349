import type { Jobs } from './jobs.ts'
import type { LeftRuns } from './left-runs.ts'
import type { ReleaseObjects } from './live-release-objects.ts'
import type { ReleaseObserver } from './observe-release.ts'
import type { ReleaseTools } from './release-run.ts'
import type { StoredManifests } from './stored-manifests.ts'
import type { WatchedReleases } from './watch-releases.ts'

/** What an open target is made of. */
export interface ReleaseParts {
  readonly tools: ReleaseTools
  readonly releases: WatchedReleases
  readonly objects: ReleaseObjects
  readonly stored: StoredManifests
  readonly observer: ReleaseObserver
  readonly jobs: Jobs
  readonly left: LeftRuns
  readonly stuckAfterMs: number
  readonly keepHistory: boolean
  /** Calls when there may be news of a release. Gives what ends that. */
  readonly listen: (key: string, run: () => void) => () => void
  /** The revision of each release that was waited for to its end: nobody waits for it again, whatever happens to it. */
  readonly settled: Map<string, number>
  /** Keys of releases of which a person wants the same once more, although it was given up. */
  readonly again: Set<string>
}
