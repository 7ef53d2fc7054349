import { type Abortable, type Clock, isMooringError, MooringError, unlessAborted } from '@mooring/core'
import type { Credentials } from './credentials.ts'

/** The credentials in use. */
export interface CredentialCache {
  readonly get: (options: Abortable) => Promise<Credentials>
  /** Forgets these. False if they are not the ones in use, or if the last drop was less than a second ago. */
  readonly drop: (refused: Credentials) => boolean
}

/** How credentials are read, and how long they are good for. */
export interface CredentialCacheOptions {
  readonly clock: Clock
  readonly lifetime: AbortSignal
  readonly maxAgeMs: number
  readonly timeoutMs: number
  readonly read: () => Promise<Credentials>
}

/** Between two drops, so that a thousand refused calls do not run a plugin a thousand times. */
const dropIntervalMs = 1000

/** Empty at first. One reading at a time, whoever asks. */
export function credentialCache(options: CredentialCacheOptions): CredentialCache {
  const { clock, maxAgeMs } = options
  let held: { readonly credentials: Credentials; readonly readAt: number } | undefined
  let reading: Promise<Credentials> | undefined
  let droppedAt = Number.NEGATIVE_INFINITY

  const read = async (): Promise<Credentials> => {
    const readAt = clock.monotonic()
    try {
      const credentials = await inTime(options)
      held = { credentials, readAt }
      return credentials
    } finally {
      reading = undefined
    }
  }

  return {
    get: async ({ signal }) => {
      signal.throwIfAborted()
      if (held !== undefined && clock.monotonic() - held.readAt < maxAgeMs) return held.credentials
      reading ??= read()
      return unlessAborted(reading, signal)
    },
    drop: (refused) => {
      const now = clock.monotonic()
      if (held?.credentials !== refused || now - droppedAt < dropIntervalMs) return false
      held = undefined
      droppedAt = now
      return true
    },
  }
}

/** What was read, or `CREDENTIALS_FAILED` when time is up or the connection closed. */
function inTime({ clock, lifetime, timeoutMs, read }: CredentialCacheOptions): Promise<Credentials> {
  return new Promise((resolve, reject) => {
    const fail = (found: string, cause?: unknown): void => {
      leave()
      reject(notRead(found, cause))
    }
    const onClose = (): void => fail('that the connection was closed')
    const cancel = clock.timer(timeoutMs, () => fail(`none after ${timeoutMs} ms`))
    const leave = (): void => {
      cancel()
      lifetime.removeEventListener('abort', onClose)
    }
    if (lifetime.aborted) return onClose()
    lifetime.addEventListener('abort', onClose, { once: true })
    read().then(
      (credentials) => {
        leave()
        resolve(credentials)
      },
      (thrown) => {
        if (!isMooringError(thrown)) return fail('that reading them failed')
        leave()
        reject(thrown)
      },
    )
  })
}

const notRead = (found: string, cause: unknown): MooringError =>
  new MooringError({
    code: 'CREDENTIALS_FAILED',
    kind: 'transient',
    message: `Expected credentials for the cluster, found ${found}`,
    hint: 'Run `kubectl get namespaces` with the same kubeconfig and context, as the same user, and see whether it hangs.',
    cause,
  })
