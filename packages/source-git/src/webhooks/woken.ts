import type { GitRef } from '../options/git-ref.ts'
import { isSameAddress, type RepositoryAddress, repositoryAddress } from './repository-url.ts'
import type { WebhookEvent } from './webhook-event.ts'

/** A source that webhooks may wake. */
export interface WokenSource<Source> {
  /** The `url` it was made with. A repository of this machine is woken by nobody. */
  readonly url: string
  /** The `ref` it was made with. Default `{ branch: 'main' }`, as there. */
  readonly ref?: GitRef
  /** What `wake` is called with. */
  readonly source: Source
}

/** The sources that a push is for, each once. */
export type FindWoken<Source> = (event: WebhookEvent) => readonly Source[]

interface Entry<Source> extends WokenSource<Source> {
  readonly address: RepositoryAddress
}

/** Finds sources by the repository and the refs of a push. The list is read anew when it is another one. */
export function wokenBy<Source>(
  sources: readonly WokenSource<Source>[] | (() => readonly WokenSource<Source>[]),
): FindWoken<Source> {
  let indexed: readonly WokenSource<Source>[] | undefined
  let index: ReadonlyMap<string, readonly Entry<Source>[]> = new Map()
  return (event) => {
    const current = typeof sources === 'function' ? sources() : sources
    if (current !== indexed) index = indexOf(current)
    indexed = current
    const found = new Set<Source>()
    for (const entry of entriesFor(event, index)) if (isFor(entry.ref, event.refs)) found.add(entry.source)
    return [...found]
  }
}

function indexOf<Source>(
  sources: readonly WokenSource<Source>[],
): ReadonlyMap<string, readonly Entry<Source>[]> {
  const index = new Map<string, Entry<Source>[]>()
  for (const source of sources) {
    const address = repositoryAddress(source.url)
    if (address === undefined) continue
    const entries = index.get(address.key) ?? []
    entries.push({ ...source, address })
    index.set(address.key, entries)
  }
  return index
}

function* entriesFor<Source>(
  { repositories, path }: WebhookEvent,
  index: ReadonlyMap<string, readonly Entry<Source>[]>,
): Generator<Entry<Source>> {
  const addresses = repositories.flatMap((url) => repositoryAddress(url) ?? [])
  for (const key of new Set(addresses.map((address) => address.key))) {
    for (const entry of index.get(key) ?? []) {
      const alike = addresses.filter((one) => one.key === key && one.protocol === entry.address.protocol)
      // Two servers on one host are told apart by the port, where the event names an address of the same protocol.
      if (alike.length === 0 || alike.some((one) => isSameAddress(one, entry.address))) yield entry
    }
  }
  if (repositories.length > 0 || path === undefined) return
  for (const [key, entries] of index) if (key.endsWith(`/${path}`)) yield* entries
}

function isFor(ref: GitRef = { branch: 'main' }, moved: WebhookEvent['refs']): boolean {
  if ('commit' in ref) return false
  if (moved === 'unknown') return true
  if ('branch' in ref) return moved.includes(`refs/heads/${ref.branch}`)
  if ('tag' in ref) return moved.includes(`refs/tags/${ref.tag}`)
  if ('semver' in ref) return moved.some((name) => name.startsWith(`refs/tags/${ref.prefix ?? ''}`))
  // Refs of pull requests move when a branch does, and are not named in what tells of it.
  return moved.includes(ref.name) || !/^refs\/(heads|tags)\//.test(ref.name)
}

/** Whether something may be woken now; taking that as done. */
export type WakeLimit = (source: unknown, now: number) => boolean

/** So many times in a row, and so many times a minute. What is not woken for a minute is forgotten. */
export function wakeLimit(perMinute: number): WakeLimit {
  const used = new Map<unknown, { readonly tokens: number; readonly at: number }>()
  let sweptAt = 0
  return (source, now) => {
    if (Math.abs(now - sweptAt) > 60_000) {
      for (const [one, { at }] of used) if (Math.abs(now - at) > 60_000) used.delete(one)
      sweptAt = now
    }
    const { tokens, at } = used.get(source) ?? { tokens: perMinute, at: now }
    const left = Math.min(perMinute, tokens + (Math.max(0, now - at) * perMinute) / 60_000)
    used.set(source, { tokens: left >= 1 ? left - 1 : left, at: now })
    return left >= 1
  }
}
