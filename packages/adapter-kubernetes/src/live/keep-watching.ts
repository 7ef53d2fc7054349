import { type Clock, isMooringError } from '@mooring/core'
import { pathOf } from '../discovery/path-of.ts'
import type { ResourceType } from '../discovery/resource-type.ts'
import type { Api, WatchEvent } from '../transport/api.ts'
import { failureOf, isExpired } from '../transport/expired.ts'
import { pauseBetween } from './pause-between.ts'
import type { View } from './view.ts'

/** What is listed and watched, and who is told. */
export interface Watching {
  readonly api: Api
  readonly clock: Clock
  readonly type: ResourceType
  readonly namespace?: string
  readonly view: Pick<View, 'selector'>
  /** Default: whole objects. */
  readonly accept?: string
  /** Lists everything and gives the version of the list. */
  readonly synchronise: (signal: AbortSignal) => Promise<string>
  readonly heard: () => void
  readonly take: (event: WatchEvent) => void
  /** Whether it is too long ago that the API server was heard. */
  readonly isStale: () => boolean
  /** The records cannot be vouched for until something is heard again. */
  readonly broken: (error: unknown) => void
  readonly onLost: () => void
  /** Aborts when the next pause is to end early. */
  readonly pauseEnds: () => AbortSignal
}

/** Where a watch goes on. */
interface Cursor {
  version: string | undefined
  /** When the server accepted the watch, if it did. */
  openedAt: number | undefined
}

/** What ends before this is a failure if it happens twice in a row: client-go's reflector calls it a very short watch. */
const shortMs = 1_000

/**
 * Lists, then watches from there. A watch that the server ended, or that was cut, goes on at once from where it was. If
 * that fails, everything is listed anew: the cluster may be another one by then, or the same with older data, and a watch
 * from a version that is yet to come is silent without an error.
 */
export async function keepWatching(watching: Watching, signal: AbortSignal): Promise<void> {
  const { clock } = watching
  const cursor: Cursor = { version: undefined, openedAt: undefined }
  for (let tries = 0; !signal.aborted; tries++) {
    const failure = await attempt(watching, cursor, signal)
    if (signal.aborted) return
    const { openedAt } = cursor
    if (openedAt !== undefined && clock.monotonic() - openedAt > shortMs) tries = 0
    const isFirst = tries === 0 && (openedAt !== undefined || isExpired(failure))
    if (failure !== undefined) {
      watching.onLost()
      if (isExpired(failure)) cursor.version = undefined
      else if (isCutOff(failure, isFirst, cursor) || watching.isStale()) {
        cursor.version = undefined
        watching.broken(failure)
      }
    }
    if (isFirst) continue
    await pauseBetween(
      clock,
      tries,
      failureOf(failure)?.retryAfterMs,
      AbortSignal.any([signal, watching.pauseEnds()]),
    )
  }
}

/** Whether nobody can tell any more what happens. A server with too many requests is no reason to list on top of them. */
function isCutOff(failure: unknown, isFirst: boolean, { version }: Cursor): boolean {
  const isBusy = isMooringError(failure) && failure.code === 'TOO_MANY_REQUESTS'
  return isBusy ? version === undefined : !isFirst
}

/** Watches until the end, which is undefined where the server ended it, as it does from time to time. */
async function attempt(watching: Watching, cursor: Cursor, signal: AbortSignal): Promise<unknown> {
  cursor.openedAt = undefined
  try {
    cursor.version ??= await watching.synchronise(signal)
    await follow(watching, cursor, signal)
    return undefined
  } catch (error) {
    return error
  }
}

async function follow(
  { api, clock, type, namespace, view, accept, heard, take }: Watching,
  cursor: Cursor,
  signal: AbortSignal,
): Promise<void> {
  const request = {
    path: pathOf(type, namespace === undefined ? {} : { namespace }),
    query: {
      resourceVersion: cursor.version ?? '',
      labelSelector: view.selector,
      allowWatchBookmarks: 'true',
      // Between 5 and 10 minutes, as client-go's reflector does, so that not all watches end together.
      timeoutSeconds: String(300 + Math.floor(Math.random() * 300)),
    },
    ...(accept !== undefined && { accept }),
    onOpen: () => {
      cursor.openedAt = clock.monotonic()
      heard()
    },
    signal,
  }
  for await (const event of api.watch(request)) {
    heard()
    take(event)
    cursor.version = event.object.metadata.resourceVersion ?? cursor.version
  }
}
