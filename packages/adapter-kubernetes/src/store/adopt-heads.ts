import { isMooringError } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { collectOrphans } from './collect-orphans.ts'
import { inParallel } from './in-parallel.ts'
import { epochPath, maxTries, type StoredInstallation } from './installation.ts'
import { storeBusy } from './store-errors.ts'
import type { StoreParts } from './store-parts.ts'
import { epochIn, partIn } from './stored-object.ts'

/**
 * Writes the epoch of an opening into every head that has an older one, so that whoever read it before cannot replace it
 * any more; then deletes what commits of older openings have left behind. Heads are listed after the epoch was raised:
 * one that is not in the list cannot be registered under an older epoch.
 */
export async function adoptHeads(
  parts: StoreParts,
  installation: StoredInstallation,
  signal: AbortSignal,
): Promise<void> {
  const objects = await parts.secrets.list(signal)
  const heads = objects.filter((object) => isHead(object))
  await inParallel(heads, adoptionsAtOnce, (head) => adopt(parts, head, installation.epoch, signal))
  try {
    await collectOrphans(parts, installation, objects, signal)
  } catch {
    // Nothing depends on it, and the next opening tries again.
    signal.throwIfAborted()
  }
}

const adoptionsAtOnce = 12

const isHead = (object: KubernetesObject): boolean =>
  partIn(object) === 'application' || partIn(object) === 'reserved'

async function adopt(
  { secrets, scope }: StoreParts,
  head: KubernetesObject,
  epoch: number,
  signal: AbortSignal,
): Promise<void> {
  const { name } = head.metadata
  let version = head.metadata.resourceVersion ?? ''
  let adoptedBy = epochIn(head) ?? 0
  for (let tries = 0; adoptedBy < epoch; tries++) {
    if (tries === maxTries) throw storeBusy(scope, name)
    try {
      const steps = [
        { op: 'test', path: '/metadata/resourceVersion', value: version },
        { op: 'add', path: epochPath, value: String(epoch) },
      ] as const
      const found = (await secrets.patch(name, steps, signal)) ?? (await secrets.get(name, signal))
      if (found === undefined) return
      version = found.resourceVersion
      adoptedBy = found.epoch
    } catch (thrown) {
      // What nobody can read, nobody can replace: it fails whoever asks for it, and nobody else.
      if (isMooringError(thrown) && unreadable.includes(thrown.code)) return
      throw thrown
    }
  }
}

const unreadable: readonly string[] = ['STORE_DAMAGED', 'STORE_TOO_NEW']
