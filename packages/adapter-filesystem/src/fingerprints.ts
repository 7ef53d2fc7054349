import type { Call, ResourceKey } from '@mooring/core'
import type { Folder } from './folder.ts'
import { type Look, readPlain } from './look.ts'

/** Fingerprints of files by key, so that a file that was not written since is not read again. */
export interface Fingerprints {
  /** The fingerprint of what stands there, and the look it belongs to. */
  readonly of: (
    key: ResourceKey,
    folder: Folder,
    name: string,
    look: Look,
    call: Call,
  ) => Promise<Fingerprinted>
  readonly forget: (keys: Iterable<ResourceKey>) => void
}

/** A look with the fingerprint of the content that was read. */
export interface Fingerprinted {
  readonly look: Look
  readonly fingerprint: string
}

/** An empty memory. */
export function rememberFingerprints(now: () => number = Date.now): Fingerprints {
  const known = new Map<
    ResourceKey,
    { readonly stamp: string; readonly fingerprint: string; readonly by: Call['digest'] }
  >()
  return {
    async of(key, folder, name, look, call) {
      // Links, folders and the like are never opened: that one stands there is all there is to know.
      if (look.kind !== 'file') return { look, fingerprint: `1:${look.kind}` }
      const before = known.get(key)
      if (before?.stamp === look.stamp && before.by === call.digest)
        return { look, fingerprint: before.fingerprint }

      const read = await readPlain(folder, name)
      const fingerprint = fingerprintOf(read.look.mode, read.bytes, call)
      if (now() - read.look.writtenMs > clockTickMs)
        known.set(key, { stamp: read.look.stamp, fingerprint, by: call.digest })
      else known.delete(key)
      return { look: read.look, fingerprint }
    },
    forget: (keys) => {
      for (const key of keys) known.delete(key)
    },
  }
}

/** Algorithm 1: permission bits and content. */
export const fingerprintOf = (mode: number, bytes: Uint8Array, call: Call): string =>
  `1:${mode.toString(8).padStart(4, '0')}:${call.digest(bytes)}`

/**
 * Two writes within one tick of a file system's clock leave the same time behind. So a stamp is trusted only once the
 * write it shows is longer ago than any clock's tick.
 */
const clockTickMs = 100
