import type { Clock, Observation, ResourceKey } from '@mooring/core'
import { MooringError } from '@mooring/core'
import type { ResourceType } from '../discovery/resource-type.ts'
import type { KubernetesObject } from '../objects/object.ts'
import type { Api, WatchEvent } from '../transport/api.ts'
import { keepWatching } from './keep-watching.ts'
import { pagesOf } from './pages.ts'
import { createRecords, type Records } from './records.ts'
import { observationOf, type View } from './view.ts'

/** The live objects of one resource type that an installation owns, kept by list and watch. */
export interface TypeWatch {
  readonly type: ResourceType
  readonly records: Records
  /** Resolves when the records can be vouched for, rejects with why they cannot. */
  readonly ready: (signal: AbortSignal) => Promise<void>
  /** Where it is broken, tries again now: whoever asks waits for what comes of it. */
  readonly retry: () => void
  readonly stop: () => void
}

/** What a watch needs. */
export interface TypeWatchDeps {
  readonly api: Api
  readonly clock: Clock
  readonly type: ResourceType
  /** Absent: all namespaces. */
  readonly namespace?: string
  readonly view: View
  /** Records are vouched for this long after the API server was last heard. */
  readonly staleMs: number
  /** Told each state of an object as it comes by, before it is forgotten. */
  readonly onObject: (object: KubernetesObject, observation: Observation) => void
  readonly onGone: (key: ResourceKey) => void
  readonly onNews: (keys: readonly ResourceKey[]) => void
  /** The connection was lost, maybe for a moment only: it may lead elsewhere now. */
  readonly onLost: () => void
  /** The watch broke, or stands again after it broke. */
  readonly onTurn: (reason: string) => void
}

type State =
  | { readonly kind: 'starting' }
  | { readonly kind: 'standing' }
  | { readonly kind: 'broken'; readonly error: unknown }

/** Begins to list and watch at once, and goes on until it is stopped. */
export function watchType(deps: TypeWatchDeps): TypeWatch {
  const { clock, type, view } = deps
  const records = createRecords()
  const stopped = new AbortController()
  let state: State = { kind: 'starting' }
  let heardAt = clock.monotonic()
  let retry = new AbortController()
  let hasListed = false
  const waiters = new Set<() => void>()

  const wakeAll = (): void => {
    for (const wake of [...waiters]) wake()
  }
  const turn = (next: State): void => {
    const before = state
    state = next
    wakeAll()
    if (next.kind === 'broken' && before.kind !== 'broken') deps.onTurn(`the watch of ${type.plural} broke`)
    if (next.kind === 'standing' && before.kind === 'broken')
      deps.onTurn(`the watch of ${type.plural} stands again`)
  }
  const heard = (): void => {
    heardAt = clock.monotonic()
    if (state.kind !== 'standing') turn({ kind: 'standing' })
  }
  const take = ({ type: kind, object }: WatchEvent): void => {
    if (kind === 'BOOKMARK') return records.reach(object.metadata.resourceVersion ?? '')
    const observation = observationOf(object, view)
    if (kind === 'DELETED') deps.onGone(observation.key)
    else deps.onObject(object, observation)
    const isNews = kind === 'DELETED' ? records.lose(observation) : records.see(observation)
    if (isNews) deps.onNews([observation.key])
  }
  const synchronise = async (signal: AbortSignal): Promise<string> => {
    const observations: Observation[] = []
    let version = ''
    const begunAt = clock.monotonic()
    for await (const page of pagesOf(deps.api, { ...deps, labelSelector: view.selector, signal })) {
      for (const item of page.items) {
        const observation = observationOf(item, view)
        deps.onObject(item, observation)
        observations.push(observation)
      }
      version = page.version
    }
    const news = records.replaceAll(observations, version)
    // Whoever waits for the first list has seen nothing that could have changed.
    if (hasListed && news.length > 0) deps.onNews(news)
    hasListed = true
    heardAt = begunAt
    return version
  }
  void keepWatching(
    {
      ...deps,
      synchronise,
      heard,
      take,
      isStale: () => clock.monotonic() - heardAt >= deps.staleMs,
      broken: (error) => turn({ kind: 'broken', error }),
      pauseEnds: () => {
        retry = new AbortController()
        return retry.signal
      },
    },
    stopped.signal,
  )

  return {
    type,
    records,
    ready: async (signal) => {
      for (;;) {
        signal.throwIfAborted()
        stopped.signal.throwIfAborted()
        if (state.kind === 'broken') throw state.error
        if (state.kind === 'standing') {
          if (clock.monotonic() - heardAt < deps.staleMs) return
          throw silent(type, deps.staleMs)
        }
        await woken(waiters, signal)
      }
    },
    retry: () => {
      if (state.kind !== 'broken' || stopped.signal.aborted) return
      state = { kind: 'starting' }
      retry.abort()
    },
    stop: () => {
      stopped.abort(ended(type))
      wakeAll()
    },
  }
}

/** Resolves when the next one wakes everybody, or when the signal aborts. */
function woken(waiters: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      waiters.delete(wake)
      signal.removeEventListener('abort', wake)
      resolve()
    }
    waiters.add(wake)
    signal.addEventListener('abort', wake, { once: true })
  })
}

const silent = (type: ResourceType, staleMs: number): MooringError =>
  new MooringError({
    code: 'WATCH_SILENT',
    kind: 'transient',
    message: `Expected to hear of ${type.plural} within ${staleMs / 1000} s, found silence, so nobody knows how they are`,
    hint: 'See whether the API server is reachable. The watch is dialled again by itself.',
  })

const ended = (type: ResourceType): MooringError =>
  new MooringError({
    code: 'WATCH_ENDED',
    kind: 'transient',
    message: `Expected the watch of ${type.plural} to go on, found that it was ended: the connection was closed, or leads to another cluster, or the kind is defined anew`,
    hint: 'Looked at again by itself, unless the cluster was disposed.',
  })
