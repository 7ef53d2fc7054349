import type { Snapshot, SnapshotEntry } from '@mooring/core'
import type { Faults } from './fault.ts'
import { faultList } from './fault-list.ts'
import { isKustomizationFile, mayHoldManifests } from './file-names.ts'
import { leadsToManifests } from './leads-to-manifests.ts'
import type { ManifestSettings } from './settings.ts'

/** The files to read, in the order of their paths, and what else was noticed on the way. */
export interface FoundFiles {
  readonly files: readonly SnapshotEntry[]
  readonly faults: Faults
}

/** Looks through the application's folder. Throws what the snapshot throws: a folder that is not there is no empty one. */
export async function findFiles(
  snapshot: Snapshot,
  path: string,
  { isExcluded }: ManifestSettings,
  signal: AbortSignal,
): Promise<FoundFiles> {
  const files: SnapshotEntry[] = []
  const { add, faults } = faultList()
  const folder = path === '' ? '' : `${path}/`
  for await (const entry of snapshot.list(path, { signal })) {
    const origin = { file: entry.path }
    if (isExcluded(entry.path.slice(folder.length))) continue
    if (entry.kind === 'submodule') add({ code: 'SUBMODULE_NOT_SUPPORTED', origin, says: 'a submodule' })
    else if (entry.kind === 'link') {
      if (await leadsToManifests(entry.path, snapshot, signal)) {
        add({ code: 'LINK_NOT_SUPPORTED', origin, says: 'a symbolic link' })
      }
    } else if (mayHoldManifests(entry.path)) files.push(entry)
    // Without an ending it is for kustomize alone, whatever it says.
    else if (isKustomizationFile(entry.path)) add({ code: 'KUSTOMIZATION', origin, says: 'a Kustomization' })
  }
  return { files: files.sort((one, other) => (one.path < other.path ? -1 : 1)), faults: faults() }
}
