import {
  isNewer,
  keepWatching,
  metadataOnly,
  pagesOf,
  pathOf,
  type ResourceType,
  type Session,
} from '@mooring/adapter-kubernetes/parts'
import { MooringError } from '@mooring/core'
import { keyOfRelease } from './release.ts'
import { isUnfit } from './release-labels.ts'
import { type Revision, revisionIn } from './revision.ts'

/** The releases of a cluster, by one watch of the metadata of Helm's Secrets. */
export interface WatchedReleases {
  /** Resolves when the records can be vouched for, rejects with why they cannot. */
  readonly ready: (signal: AbortSignal) => Promise<void>
  /** Revisions of a release, the oldest first. */
  readonly of: (key: string) => readonly Revision[]
  /** Reads the revisions of one release now. Nothing older is shown afterwards. */
  readonly look: (key: string, signal: AbortSignal) => Promise<readonly Revision[]>
  readonly keys: () => readonly string[]
  readonly forgetAll: () => void
  readonly stop: () => void
}

/** The type of Helm's Secrets. */
const secrets: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  verbs: ['get', 'list', 'watch', 'patch'],
  hasStatus: false,
}
const selector = 'owner=helm'

interface Found {
  readonly metadata: Readonly<Record<string, unknown>> & {
    readonly namespace?: string
    readonly resourceVersion?: string
  }
}

/** Begins to watch when it is first asked. */
export function watchReleases(
  session: Pick<Session, 'api' | 'clock' | 'staleMs'>,
  told: { readonly onNews: (key: string) => void; readonly onTurn: (reason: string) => void },
): WatchedReleases {
  const { api, clock, staleMs } = session
  const stopped = new AbortController()
  const known = new Map<string, Map<string, Revision>>()
  // Releases that were read since: what a watch tells of before is old.
  const floors = new Map<string, string>()
  const waiters = new Set<() => void>()
  let isWatching = false
  let state: 'starting' | 'standing' | { readonly error: unknown } = 'starting'
  let heardAt = clock.monotonic()

  const turn = (next: typeof state): void => {
    const was = state
    state = next
    for (const wake of [...waiters]) wake()
    if (typeof next === 'object' && typeof was !== 'object') told.onTurn('the watch of releases broke')
    if (next === 'standing' && typeof was === 'object') told.onTurn('the watch of releases stands again')
  }
  const heard = (): void => {
    heardAt = clock.monotonic()
    if (state !== 'standing') turn('standing')
  }
  const put = ({ metadata }: Found, isGone: boolean, tell = told.onNews): void => {
    const revision = revisionIn(metadata as Parameters<typeof revisionIn>[0])
    if (revision === undefined) return
    const key = keyOfRelease({ namespace: metadata.namespace ?? '', name: revision.labels.name ?? '' })
    const floor = floors.get(key)
    if (floor !== undefined && !isNewer(revision.resourceVersion, floor)) return
    const revisions = known.get(key) ?? new Map<string, Revision>()
    const before = revisions.get(revision.secret)
    if (before !== undefined && !isNewer(revision.resourceVersion, before.resourceVersion)) return
    if (isGone) revisions.delete(revision.secret)
    else revisions.set(revision.secret, revision)
    if (revisions.size === 0) known.delete(key)
    else known.set(key, revisions)
    tell(key)
  }
  const synchronise = async (signal: AbortSignal): Promise<string> => {
    const found: Found[] = []
    let version = ''
    for await (const page of pagesOf(api, {
      type: secrets,
      labelSelector: selector,
      metadataOnly: true,
      signal,
    })) {
      found.push(...page.items)
      version = page.version
    }
    const listed = new Set(found.map(({ metadata }) => `${metadata.namespace}/${String(metadata.name)}`))
    for (const [key, revisions] of known) {
      const namespace = key.slice(0, key.indexOf('/'))
      for (const [secret, { resourceVersion }] of revisions) {
        if (!listed.has(`${namespace}/${secret}`) && !isNewer(resourceVersion, version)) {
          revisions.delete(secret)
          told.onNews(key)
        }
      }
      if (revisions.size === 0) known.delete(key)
    }
    for (const item of found) put(item, false)
    heardAt = clock.monotonic()
    return version
  }
  const begin = (): void => {
    if (isWatching) return
    isWatching = true
    void keepWatching(
      {
        api,
        clock,
        type: secrets,
        view: { selector },
        accept: metadataOnly,
        synchronise,
        heard,
        take: ({ type, object }) => {
          if (type !== 'BOOKMARK') put(object, type === 'DELETED')
        },
        isStale: () => clock.monotonic() - heardAt >= staleMs,
        broken: (error) => turn({ error }),
        onLost: () => undefined,
        pauseEnds: () => new AbortController().signal,
      },
      stopped.signal,
    )
  }
  const of = (key: string): readonly Revision[] =>
    [...(known.get(key)?.values() ?? [])].sort((one, other) => one.revision - other.revision)
  return {
    of,
    keys: () => [...known.keys()],
    ready: async (signal) => {
      begin()
      for (;;) {
        signal.throwIfAborted()
        stopped.signal.throwIfAborted()
        if (typeof state === 'object') throw state.error
        if (state === 'standing') {
          if (clock.monotonic() - heardAt < staleMs) return
          throw silent(staleMs)
        }
        await woken(waiters, signal)
      }
    },
    look: async (key, signal) => {
      const [namespace = '', name = ''] = key.split('/')
      const labelSelector = `${selector},name=${name}`
      const found: Found[] = []
      let version = ''
      for await (const page of pagesOf(api, {
        type: secrets,
        namespace,
        labelSelector,
        metadataOnly: true,
        signal,
      })) {
        found.push(...page.items)
        version = page.version
      }
      const floor = floors.get(key)
      if (floor === undefined || isNewer(version, floor)) {
        floors.delete(key)
        known.delete(key)
        for (const item of found) put(item, false, () => {})
        floors.set(key, version)
      }
      return of(key)
    },
    forgetAll: () => {
      known.clear()
      floors.clear()
    },
    stop: () => stopped.abort(new Error('The releases are watched no more')),
  }
}

/** The revision that counts: the latest. */
export const latestOf = (revisions: readonly Revision[]): Revision | undefined => revisions.at(-1)

/** The revision that a rollback goes back to: the last one that was deployed, whatever came after it. */
export const deployedOf = (revisions: readonly Revision[]): Revision | undefined =>
  revisions.findLast(({ status }) => status === 'deployed') ??
  revisions.findLast((revision) => revision.status === 'superseded' && !isUnfit(revision))

/** The path of a revision's Secret. */
export const pathOfRevision = (namespace: string, { secret }: Revision): string =>
  pathOf(secrets, { namespace, name: secret })

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

const silent = (staleMs: number): MooringError =>
  new MooringError({
    code: 'WATCH_SILENT',
    kind: 'transient',
    message: `Expected to hear of releases within ${staleMs / 1000} s, found silence, so nobody knows how they are`,
    hint: 'See whether the API server is reachable. The watch is dialled again by itself.',
  })
