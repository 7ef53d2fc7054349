import { randomBytes, randomUUID } from 'node:crypto'
import type { Installation, LeaseRequest, Store } from '@mooring/core'
import { adoptHeads } from './adopt-heads.ts'
import {
  installationIn,
  maxTries,
  newInstallation,
  raiseEpoch,
  readInstallation,
  type StoredInstallation,
} from './installation.ts'
import { assertFree, firstLease } from './lease-text.ts'
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
  const { signal, installation: asked, reading = false, lease } = opening
  for (let tries = 0; tries < maxTries; tries++) {
    const found = await readInstallation(parts, signal)
    if (found === undefined) {
      const made = await makeInstallation(parts, asked, reading ? undefined : { epoch: 1, lease }, signal)
      if (made === undefined) continue
      return opened(parts, made)
    }
    if (asked !== undefined && asked !== found.id) throw installationChanged(found.id, asked)
    if (reading) return opened(parts, found)
    if (lease !== undefined) assertFree(parts.scope, found.lease, lease)
    const raised = await raiseEpoch(parts, found, lease, signal)
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
  writing: { readonly epoch: number; readonly lease: LeaseRequest | undefined } | undefined,
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
  const { epoch = 0, lease } = writing ?? {}
  const text = lease && firstLease(epoch, lease)
  const made = newInstallation(scope, epoch, asked ?? randomUUID(), randomBytes(32), text)
  const object = await secrets.create(made, signal)
  return object && installationIn(scope, object)
}
