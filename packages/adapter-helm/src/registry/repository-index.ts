import { parseYaml } from '@mooring/adapter-kubernetes/parts'
import type { Abortable, Clock, Json } from '@mooring/core'
import { isMapping } from '../values/read-mapping.ts'
import type { RegistryHttp } from './http.ts'
import { chartNotFound, indexInvalid } from './registry-errors.ts'

/** Where the index of a repository says that one version of a chart is. */
export interface IndexEntry {
  readonly version: string
  /** Absolute, or relative to the repository. */
  readonly url: string
  /** `sha256:…`. */
  readonly digest?: string
}

/** The indexes of repositories. */
export interface RepositoryIndexes {
  /** What the index says of one version; a version that it does not have is asked for again. */
  readonly find: (
    repository: string,
    name: string,
    version: string,
    options: Abortable,
  ) => Promise<IndexEntry | undefined>
}

interface Known {
  readonly etag: string | undefined
  readonly at: number
  /** The part of the index about each chart, as text: indexes are large, and few of their charts are used. */
  readonly parts: ReadonlyMap<string, string>
}

/** Indexes that are asked for when they are needed, and kept as the texts of their entries. */
export function repositoryIndexes({
  http,
  clock,
  mostBytes,
  maxAgeMs,
}: {
  readonly http: RegistryHttp
  readonly clock: Clock
  readonly mostBytes: number
  readonly maxAgeMs: number
}): RepositoryIndexes {
  const known = new Map<string, Known>()
  const ask = async (repository: string, options: Abortable): Promise<Known> => {
    const before = known.get(repository)
    const url = new URL(`${repository.replace(/\/$/, '')}/index.yaml`)
    const headers = before?.etag === undefined ? {} : { 'if-none-match': before.etag }
    const answer = await http.get({ url, mostBytes, headers, accept: [304] }, options)
    if (answer.status === 404) throw chartNotFound(`repository ${repository}`, 'no index.yaml')
    const now = clock.monotonic()
    const next: Known =
      answer.status === 304 && before !== undefined
        ? { ...before, at: now }
        : { etag: answer.headers.etag, at: now, parts: partsOf(new TextDecoder().decode(answer.body), url) }
    known.set(repository, next)
    return next
  }
  return {
    find: async (repository, name, version, options) => {
      const url = new URL(`${repository.replace(/\/$/, '')}/index.yaml`)
      const before = known.get(repository)
      if (before !== undefined && clock.monotonic() - before.at < maxAgeMs) {
        const found = entryIn(before.parts.get(name), version, url)
        if (found !== undefined) return found
      }
      return entryIn((await ask(repository, options)).parts.get(name), version, url)
    },
  }
}

/**
 * The texts about each chart, cut at the lines that begin them: an index as Helm writes it has one such line for each chart,
 * two spaces in. One in JSON, or written otherwise, is read as a whole.
 */
function partsOf(text: string, url: URL): ReadonlyMap<string, string> {
  const entries = /^entries:[ \t]*\r?\n/m.exec(text)
  const isPlain = entries !== null && /^ {2}[\w.-]+:[ \t]*\r?$/m.test(text)
  if (!isPlain) return wholeIndex(text, url)
  const from = entries.index + entries[0].length
  const end = /^\S/m.exec(text.slice(from))
  const body = end === null ? text.slice(from) : text.slice(from, from + end.index)
  const heads = [...body.matchAll(/^ {2}"?([\w.-]+)"?:[ \t]*\r?\n/gm)]
  return new Map(
    heads.map((head, at) => [
      head[1] ?? '',
      body.slice(head.index + head[0].length, heads[at + 1]?.index ?? body.length),
    ]),
  )
}

function wholeIndex(text: string, url: URL): ReadonlyMap<string, string> {
  const index = readOne(text, url)
  const entries = isMapping(index) ? index.entries : undefined
  if (!isMapping(entries)) throw indexInvalid(url, 'no index of charts')
  return new Map(Object.entries(entries).map(([name, versions]) => [name, JSON.stringify(versions)]))
}

function entryIn(text: string | undefined, version: string, url: URL): IndexEntry | undefined {
  const versions = text === undefined ? [] : readOne(text, url)
  if (!Array.isArray(versions)) throw indexInvalid(url, 'a chart whose versions are no list')
  const bare = (text: unknown): string => String(text).replace(/^v/, '')
  const entry = versions.find((one: Json) => isMapping(one) && bare(one.version) === bare(version))
  if (!isMapping(entry)) return undefined
  const [address] = Array.isArray(entry.urls) ? entry.urls : []
  if (typeof address !== 'string') throw indexInvalid(url, `version ${version} of a chart without a URL`)
  const digest =
    typeof entry.digest === 'string' ? entry.digest.replace(/^(?:sha256:)?/, 'sha256:') : undefined
  return { version, url: address, ...(digest !== undefined && digest !== 'sha256:' && { digest }) }
}

function readOne(text: string, url: URL): Json {
  if (/^\s*[{[]/.test(text)) {
    try {
      return JSON.parse(text) as Json
    } catch {
      throw indexInvalid(url, 'no JSON')
    }
  }
  for (const document of parseYaml(text)) {
    if ('value' in document) return document.value
    const [fault] = document.faults
    if (fault !== undefined) throw indexInvalid(url, fault.says)
  }
  return null
}
