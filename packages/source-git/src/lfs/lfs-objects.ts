import type { LfsSettings } from '../options/git-lfs.ts'
import type { HttpLocation } from '../options/location.ts'
import type { Reach } from '../options/reach.ts'
import { disposed } from '../repository/disposed.ts'
import { gathering } from '../repository/gathering.ts'
import { sharedWork } from '../repository/shared-work.ts'
import { type GitTraffic, trafficMeter } from '../repository/traffic.ts'
import { contentCache } from '../store/content-cache.ts'
import { gitHttp } from '../wire/git-http.ts'
import type { GitConnections } from '../wire/git-server.ts'
import { meteredConnections } from '../wire/metered-connections.ts'
import { askBatch, type FindAction, largestBatch } from './batch.ts'
import { contentPlaces } from './content-places.ts'
import { download } from './download.ts'
import type { LfsPointer } from './lfs-pointer.ts'
import { lfsTooLarge } from './lfs-refusals.ts'

/** The content of a pointer, verified. Must not be changed. */
export type LfsReader = (pointer: LfsPointer, signal: AbortSignal) => Promise<Uint8Array>

/** The files of one repository that Git LFS keeps. */
export interface LfsObjects {
  /** Reads for one snapshot, which has limits of its own. */
  readonly reader: () => LfsReader
  readonly traffic: () => GitTraffic
  /** Ends what is under way. */
  readonly close: () => Promise<void>
}

/** How requests are made. */
export interface LfsRequests {
  readonly timeoutMs: number
  readonly maxRequestsPerHost: number
}

/** Of content in memory, so that the next snapshot downloads what is new. What is larger than an eighth is not kept. */
const maxMemoryBytes = 32 * 1024 * 1024

/**
 * Reads files through the batch API of Git LFS. Questions that are asked at the same time go in one request, and what several want
 * is downloaded once. Makes no request before the first file.
 *
 * A reader throws `LFS_NOT_AVAILABLE`, `LFS_OBJECT_CORRUPT`, `LFS_OBJECT_MISSING`, `LFS_PROTOCOL_ERROR`, `LFS_TOO_LARGE`,
 * `SOURCE_DISPOSED`, `URL_NOT_ALLOWED`, and what asking over HTTP does.
 */
export function lfsObjects(settings: LfsSettings, requests: LfsRequests): LfsObjects {
  const { server, reach, reachContent, maxFiles, maxBytes } = settings
  const { url } = server
  const traffic = trafficMeter()
  const connect = (location: HttpLocation, way: Reach): GitConnections =>
    meteredConnections(gitHttp({ location, reach: way, ...requests }), {
      onRequest: () => traffic.add('requests', 1),
      onBytes: (bytes) => traffic.add('responseBytes', bytes),
    })
  const connections = connect(server, reach)
  const places = contentPlaces((location) => connect(location, reachContent(location)))
  const cache = contentCache(maxMemoryBytes)
  const shared = sharedWork()
  const found = new Map<string, FindAction>()

  const ask = gathering(async (keys, signal) => {
    for (let at = 0; at < keys.length; at += largestBatch) {
      const some = keys.slice(at, at + largestBatch)
      const action = await askBatch(connections.ask, url, some.map(pointerIn), signal).catch(failing(signal))
      for (const key of some) found.set(key, action)
    }
    return true
  })

  const bring = async (pointer: LfsPointer, signal: AbortSignal): Promise<Uint8Array> => {
    const key = keyOf(pointer)
    try {
      await ask([key], signal)
      const action = found.get(key)?.(pointer)
      if (action === undefined) throw disposed(url)
      return await places.use(action.location, (there) => download(there.ask, action, pointer, signal))
    } finally {
      found.delete(key)
    }
  }

  const reader = (): LfsReader => {
    let files = 0
    let bytes = 0
    return async (pointer, signal) => {
      const known = cache.get(pointer.oid)
      if (known?.content.byteLength === pointer.size) return known.content
      files++
      bytes += pointer.size
      if (files > maxFiles) throw lfsTooLarge(url, `${maxFiles} files`, 'lfs.maxFiles')
      if (bytes > maxBytes) throw lfsTooLarge(url, `${maxBytes} bytes`, 'lfs.maxBytes')
      const content = await shared.join(keyOf(pointer), signal, (both) => bring(pointer, both))
      cache.put(pointer.oid, { type: 'blob', content })
      return content
    }
  }

  return {
    reader,
    traffic: traffic.read,
    close: async () => {
      await shared.end(disposed(url))
      await connections.close()
      await places.close()
    },
  }
}

/** A question that failed is the answer for all who asked it; only whoever has left is not told. */
const failing =
  (signal: AbortSignal) =>
  (thrown: unknown): FindAction => {
    signal.throwIfAborted()
    return () => {
      throw thrown
    }
  }

const keyOf = ({ oid, size }: LfsPointer): string => `${oid} ${size}`

const pointerIn = (key: string): LfsPointer => {
  const [oid = '', size] = key.split(' ')
  return { oid, size: Number(size) }
}
