import { resolve } from 'node:path'
import { dirname } from 'node:path/posix'
import type { Call, Observation, Placement, Target } from '@mooring/core'
import { apply } from './apply.ts'
import { openClaims } from './claims.ts'
import { rememberFingerprints } from './fingerprints.ts'
import { identify } from './identify.ts'
import type { FileManifest } from './manifest.ts'
import { claimedKeys, observe } from './observe.ts'
import { orderOf } from './order-of.ts'
import type { Place } from './place.ts'
import { prepare } from './prepare.ts'
import { preview } from './preview.ts'
import { watch } from './watch.ts'

/** How a `directory` is kept. */
export interface DirectoryOptions {
  /** Default `directory:` and the path. What people read in plans and events. */
  readonly name?: string
  /**
   * Default none: previews show contents. True for a path: previews show a keyed digest in place of the file's content,
   * so that a change still shows and the content does not.
   */
  readonly mask?: (path: string) => boolean
  /**
   * Default false: in a directory that another installation made its own, creating files is `DIRECTORY_OWNED`, so that two
   * agents on one directory are noticed. True: each keeps its own files, as applications of one installation do.
   */
  readonly shared?: boolean
}

/**
 * A directory of this machine, kept in line file by file. Files are replaced whole: a reader sees the old content or the
 * new one, never a part. It is created by the first write; nothing else here has an effect outside `apply`.
 *
 * What belongs to whom stands in `.mooring` at its root (see `marker.ts`). Files without a claim are somebody else's and
 * are left alone, so the directory may be shared with people, and with other applications of the same installation.
 * Symbolic links below the root are never followed. Needs a file system with hard links.
 *
 * Throws `UNSAFE_PATH`, `PATH_OCCUPIED`, `EXPECTATION_NOT_MET`, `DIRECTORY_OWNED`, `MARKER_DAMAGED`, `MARKER_BUSY`,
 * `DISK_FULL`, `DIRECTORY_NOT_READABLE`, `DIRECTORY_NOT_WRITABLE` and `DIRECTORY_FAILED`.
 */
export function directory(path: string, options: DirectoryOptions = {}): Target<FileManifest> {
  const root = resolve(path)
  const claims = openClaims(root)
  const { shared = false, mask = () => false } = options
  const place: Place = { root, shared, claims, fingerprints: rememberFingerprints(), swept: new Set() }
  const disposal = new AbortController()
  return {
    name: options.name ?? `directory:${path}`,
    supports: { marks: true, uids: false, versions: true, atomic: false, staleMs: 0 },
    identity: ({ signal }) => identify(root, signal),
    prepare: async (manifests, call) => ({ desired: prepare(manifests, call), waiting: [] }),
    order: orderOf,
    placeOf: placementOf,
    observe: (keys, call) => observe(place, keys, call),
    preview: (change, call) => preview(place, change, call, mask),
    apply: (change, call) => apply(place, change, call),
    owned: (call) => owned(place, call),
    forget: (keys) => place.fingerprints.forget(keys),
    watch: ({ signal }) => watch(root, claims, AbortSignal.any([signal, disposal.signal])),
    [Symbol.asyncDispose]: async () => disposal.abort(),
  }
}

/** Every resource is a file; its namespace is the folder it is in, `.` at the root. */
const placementOf = (path: string): Placement => ({ kind: 'file', namespace: dirname(path) })

async function* owned(place: Place, call: Call): AsyncGenerator<Observation> {
  const claimed = await claimedKeys(place, call)
  for (const seen of (await observe(place, claimed, call)).values()) {
    // A claim may be on nothing, or on another file than the one it holds for.
    if (seen.owner !== undefined) yield seen
  }
}
