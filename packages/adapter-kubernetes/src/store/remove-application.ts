import type { Store } from '@mooring/core'
import { chunkNamesOf } from './head-document.ts'
import { followHead, type Head } from './heads.ts'
import { assertLatest, maxTries } from './installation.ts'
import { headName, segmentOf } from './object-names.ts'
import { retire } from './retire.ts'
import { stateConflict, storeBusy } from './store-errors.ts'
import type { StoreParts } from './store-parts.ts'

/** What a removal builds on. */
export type RemovalBasis = Parameters<Store['remove']>[1]

/**
 * Forgets an application with its history. It is gone when its head holds nothing; the rest is tidying up, which the next
 * opening finishes if it is cut off.
 */
export async function removeApplication(
  parts: StoreParts,
  application: string,
  basis: RemovalBasis,
): Promise<void> {
  const attempt = (head: Head | undefined) => tryRemove(parts, application, basis, head)
  for (let tries = 0; tries < maxTries; tries++) {
    if (await followHead(parts, application, basis.signal, attempt)) return
  }
  throw storeBusy(parts.scope, headName(parts.scope, segmentOf(application)))
}

/** False where the head moved on before it could be emptied. */
async function tryRemove(
  parts: StoreParts,
  application: string,
  { signal, expected, epoch }: RemovalBasis,
  head: Head | undefined,
): Promise<boolean> {
  const { secrets, scope, garbage } = parts
  const found = head?.document?.version
  if (head?.epoch !== epoch) await assertLatest(parts, epoch, signal)
  if (head === undefined || found !== expected) throw stateConflict(application, expected, found)
  const { segment, resourceVersion } = head
  const suspects = garbage.suspects(segment)
  const reserved = {
    name: headName(scope, segment),
    part: 'reserved',
    segment,
    application,
    epoch,
    data: {},
  } as const
  if ((await secrets.replace(reserved, resourceVersion, signal)) === undefined) return false
  const vain = new Set([...suspects, ...chunkNamesOf(head.document)])
  await garbage.collect(secrets, segment, [...vain], signal)
  await retire(parts, segment, epoch, signal).catch(() => undefined)
  return true
}
