import type { StoreLease } from '@mooring/core'
import { maxTries, mustReadInstallation, readInstallation, sameEpoch } from './installation.ts'
import { asLease, leaseIn, leaseSteps, renewed } from './lease-text.ts'
import { installationName } from './object-names.ts'
import { leaseEnded, storeBusy, superseded } from './store-errors.ts'
import type { StoreParts } from './store-parts.ts'

/** The lease, read from etcd; undefined where nobody has it. */
export async function readLease(parts: StoreParts, signal: AbortSignal): Promise<StoreLease | undefined> {
  const text = (await readInstallation(parts, signal))?.lease
  return text === undefined ? undefined : asLease(leaseIn(parts.scope, text))
}

/** One patch, where nothing came in between. Throws `SUPERSEDED` where the lease is not that of this epoch any more. */
export const renewLease = (parts: StoreParts, epoch: number, signal: AbortSignal): Promise<void> =>
  change(parts, epoch, signal, (text) => renewed(leaseIn(parts.scope, text)))

/** Without effect where it is another opening's. */
export async function releaseLease(parts: StoreParts, epoch: number, signal: AbortSignal): Promise<void> {
  const found = await readInstallation(parts, signal)
  if (found?.epoch !== epoch || found.lease === undefined) return
  await change(parts, epoch, signal, () => undefined)
}

/** Compares with what this process wrote last, and looks only where that is not there any more. */
async function change(
  parts: StoreParts,
  epoch: number,
  signal: AbortSignal,
  next: (text: string) => string | undefined,
): Promise<void> {
  const { secrets, scope, known } = parts
  const name = installationName(scope)
  for (let tries = 0; tries < maxTries; tries++) {
    const last = tries === 0 ? known.lease : undefined
    const text = last?.epoch === epoch ? last.text : await mustReadLease(parts, epoch, signal)
    const after = next(text)
    const steps = [sameEpoch(epoch), ...leaseSteps(text, after)]
    if ((await secrets.patch(name, steps, signal)) === undefined) continue
    if (after === undefined) delete known.lease
    else known.lease = { epoch, text: after }
    return
  }
  throw storeBusy(scope, name)
}

async function mustReadLease(parts: StoreParts, epoch: number, signal: AbortSignal): Promise<string> {
  const found = await mustReadInstallation(parts, signal)
  if (found.epoch !== epoch) throw superseded(epoch, found.epoch)
  if (found.lease === undefined) throw leaseEnded(epoch)
  return found.lease
}
