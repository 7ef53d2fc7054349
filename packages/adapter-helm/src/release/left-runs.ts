import { installationLabel } from '@mooring/adapter-kubernetes/parts'
import type { Owner } from '@mooring/core'
import { orphanedCommandLines } from '../run/this-host.ts'
import { partsOfKey } from './release.ts'

/** Runs of Helm that an engine left behind when it was killed: they go on alone. */
export interface LeftRuns {
  /** Whether one is at this release. Helm shows nothing of an upgrade until it has stored the revision. */
  readonly isAtWork: (key: string, owner: Pick<Owner, 'installation'>) => Promise<boolean>
}

/**
 * Runs whose engine lives are none: it may keep a release of the same name in another cluster, for the same installation.
 * Looks at this machine's processes before the first run of its own, and again only while some were left then.
 */
export function leftRuns(): LeftRuns {
  let first: Promise<readonly string[]> | undefined
  return {
    isAtWork: async (key, owner) => {
      first ??= runsOf(owner)
      if ((await first).length === 0) return false
      const { namespace, name } = partsOfKey(key)
      return (await runsOf(owner)).some(
        (line) => line.includes(`\0upgrade\0${name}\0`) && line.includes(`\0--namespace=${namespace}\0`),
      )
    },
  }
}

async function runsOf({ installation }: Pick<Owner, 'installation'>): Promise<readonly string[]> {
  const mark = `--labels=mooring.dev/installation=${installationLabel(installation)},`
  return (await orphanedCommandLines()).filter((line) => line.includes(mark))
}
