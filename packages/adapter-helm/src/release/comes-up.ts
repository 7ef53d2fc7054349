import type { Call, MooringError } from '@mooring/core'
import { writeFailed } from './recover.ts'
import { keyOfRelease, type Release } from './release.ts'
import { notReady } from './release-errors.ts'
import type { ReleaseParts } from './release-parts.ts'
import { timeoutOf } from './release-run.ts'
import { unreadyReason } from './unready-reason.ts'
import { latestOf } from './watch-releases.ts'

/**
 * Waits until what Helm deployed last is healthy, for as long as the release says, from its deployment on. If it is not by
 * then, that revision is written down as failed, with why, as `helm upgrade --wait` would have done, and the failure is
 * given. Once for each revision: what becomes of it later is nothing that an upgrade failed at.
 */
export async function comesUp(
  release: Release,
  parts: Pick<ReleaseParts, 'tools' | 'releases' | 'observer' | 'listen' | 'settled'>,
  call: Call,
  overtaken: AbortSignal,
): Promise<MooringError | undefined> {
  const key = keyOfRelease(release)
  const { tools, releases, observer, listen, settled } = parts
  const { session } = tools
  const latest = latestOf(releases.of(key))
  if (latest?.status !== 'deployed' || release.waitForReady === false) return undefined
  if (settled.get(key) === latest.revision) return undefined
  const waitMs = timeoutOf(release)
  // Helm's clock may be another one, and tells whole seconds.
  const passedMs = Math.max(0, session.clock.now() - latest.modifiedAt - 1000)
  const waiting = {
    clock: session.clock,
    overtaken,
    listen: (run: () => void) => listen(key, run),
    health: async (signal: AbortSignal) => {
      const observation = await observer.observe(key, { ...call, signal })
      return latestOf(releases.of(key))?.revision === latest.revision ? observation?.health : undefined
    },
  }
  const why = await unreadyReason(Math.max(0, waitMs - passedMs), waiting, call.signal)
  if (!overtaken.aborted) settled.set(key, latest.revision)
  if (why === undefined) return undefined
  const description = `Not healthy within ${waitMs / 1000} s: ${why}`
  await writeFailed(session, key, latest, { description }, call.signal)
  await releases.look(key, call.signal)
  return notReady(key, waitMs, why)
}
