import { join } from 'node:path'
import type { ApplyResult, Call, Change } from '@mooring/core'
import { failure } from './failure.ts'
import type { FileManifest } from './manifest.ts'
import type { Place } from './place.ts'
import { release } from './release.ts'
import { remove } from './remove.ts'
import { write } from './write.ts'

/** Carries out one change. Each of the three has no effect when what the change expects does not hold. */
export async function apply(place: Place, change: Change<FileManifest>, call: Call): Promise<ApplyResult> {
  try {
    call.signal.throwIfAborted()
    switch (change.action) {
      case 'create':
      case 'update':
      // A file is always replaced whole.
      case 'replace':
        return await write(place, change, call)
      case 'delete':
        return await remove(place, change, call)
      case 'release':
        return await release(place, change, call)
    }
    change.action satisfies never
  } catch (thrown) {
    throw failure(thrown, 'write', join(place.root, change.key), call.signal)
  }
}
