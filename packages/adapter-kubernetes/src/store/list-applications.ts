import { readHeadObject } from './heads.ts'
import { readInstallation } from './installation.ts'
import { headName, segmentOf } from './object-names.ts'
import { storeDamaged } from './store-errors.ts'
import { storeMark } from './store-mark.ts'
import type { StoreParts } from './store-parts.ts'
import { objectIn } from './stored-object.ts'

/** The names of all applications, sorted. An application whose head was lost is `STORE_DAMAGED`, not left out. */
export async function listApplications(parts: StoreParts, signal: AbortSignal): Promise<readonly string[]> {
  const { secrets, scope } = parts
  const registered = (await readInstallation(parts, signal))?.applications ?? []
  const missing = new Set(registered)
  const names: string[] = []
  for (const item of await secrets.list(signal, `${storeMark.part} in (application,reserved)`)) {
    const { name, part, application, segment } = objectIn(scope, item)
    missing.delete(segment ?? '')
    if (part !== 'application') continue
    if (application === undefined || headName(scope, segmentOf(application)) !== name) {
      throw storeDamaged(scope, name, segment, 'its annotations do not say of which application it is')
    }
    names.push(application)
  }
  // Removed since, or lost; each is looked at, as only that tells.
  for (const segment of missing) await readHeadObject(parts, segment, signal)
  return names.sort()
}
