import { randomBytes, randomUUID } from 'node:crypto'
import type { Installation, Store } from '@mooring/core'
import { adoptHeads } from './adopt-heads.ts'
import {
  installationIn,
  maxTries,
  newInstallation,
  raiseEpoch,
  readInstallation,
  type StoredInstallation,
} from './installation.ts'
import { installationName } from './object-names.ts'
import { installationChanged, storeBusy, storeDamaged } from './store-errors.ts'
import type { StoreParts } from './store-parts.ts'

/** How a store is opened. */
export type Opening = Parameters<Store['open']>[0]

/**
 * Opens the store: makes the installation where there is none and, unless it is only for reading, raises the epoch and
 * fences off whoever writes under an older one.
 */
export async function openStore(parts: StoreParts, opening: Opening): Promise<Installation> {
  const { signal, installation: asked, reading = false } = opening
  for (let tries = 0; tries < maxTries; tries++) {
    const found = await readInstallation(parts, signal)
    if (found === undefined) {
      const made = await makeInstallation(parts, asked, reading ? 0 : 1, signal)
      if (made === undefined) continue
      return opened(parts, made)
    }
    if (asked !== undefined && asked !== found.id) throw installationChanged(found.id, asked)
    if (reading) return opened(parts, found)
    const raised = await raiseEpoch(parts, found, signal)
    if (raised === undefined) continue
    await adoptHeads(parts, raised, signal)
    return opened(parts, raised)
  }
  throw storeBusy(parts.scope, installationName(parts.scope))
}

function opened({ known }: StoreParts, { id, digestKey, epoch }: StoredInstallation): Installation {
  known.installation = id
  return { id, digestKey, epoch }
}

/** Undefined where somebody else made it at the same time. */
async function makeInstallation(
  { secrets, scope }: StoreParts,
  asked: string | undefined,
  epoch: number,
  signal: AbortSignal,
): Promise<StoredInstallation | undefined> {
  const left = await secrets.list(signal)
  const name = installationName(scope)
  if (left.some((item) => item.metadata.name !== name)) {
    throw storeDamaged(
      scope,
      name,
      undefined,
      `it is not there, and ${left.length} other Secrets of the store are`,
    )
  }
  const made = newInstallation(scope, epoch, asked ?? randomUUID(), randomBytes(32))
  const object = await secrets.create(made, signal)
  return object && installationIn(scope, object)
}
