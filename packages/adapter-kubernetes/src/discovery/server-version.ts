import type { Abortable, Clock } from '@mooring/core'
import type { Api } from '../transport/api.ts'
import { bodyOf } from './body-of.ts'
import { sharedRun } from './shared-run.ts'

/** The `gitVersion` of the API server, never older than this. It changes only with an upgrade. */
export function serverVersion(
  api: Api,
  clock: Clock,
  maxAgeMs: number,
): (options: Abortable) => Promise<string> {
  let held: { readonly version: string; readonly readAt: number } | undefined
  const look = sharedRun(async (signal) => {
    const readAt = clock.monotonic()
    const { gitVersion } = bodyOf<{ readonly gitVersion?: unknown }>(
      await api.call({ method: 'GET', path: '/version', signal }),
      '/version',
    )
    const version = typeof gitVersion === 'string' ? gitVersion : ''
    held = { version, readAt }
    return version
  })
  return async ({ signal }) => {
    signal.throwIfAborted()
    return held !== undefined && clock.monotonic() - held.readAt < maxAgeMs ? held.version : look.join(signal)
  }
}
