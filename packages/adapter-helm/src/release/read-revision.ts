import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { KubernetesObject } from '@mooring/adapter-kubernetes'
import { failureError, readObjects, type Session } from '@mooring/adapter-kubernetes/parts'
import { MooringError } from '@mooring/core'
import { labelOfRelease } from './release.ts'
import type { Revision } from './revision.ts'
import { pathOfRevision } from './watch-releases.ts'

/** What Helm stored of one revision: the part that we need. */
export interface StoredRelease {
  /** What Helm applied, without hooks. */
  readonly objects: readonly KubernetesObject[]
  /** Names of hooks with their phases. */
  readonly hooks: readonly string[]
  /** What Helm says of it. May quote values. */
  readonly description: string
  readonly chart: string
}

/** A revision's Secret, decoded, with everything that Helm keeps in it. */
export interface DecodedSecret {
  readonly resourceVersion: string
  readonly release: Readonly<Record<string, unknown>>
}

const unzip = promisify(gunzip)
/** etcd refuses objects above 1.5 MiB, and text shrinks to a tenth. */
const mostBytes = 67_108_864

/** Reads and decodes a revision's Secret; undefined where it is gone. */
export async function readSecret(
  { api }: Pick<Session, 'api'>,
  key: string,
  revision: Revision,
  signal: AbortSignal,
): Promise<DecodedSecret | undefined> {
  const path = pathOfRevision(key.slice(0, key.indexOf('/')), revision)
  const answer = await api.call({ method: 'GET', path, signal })
  if (!answer.ok) {
    if (answer.status === 404) return undefined
    throw failureError(answer.failure, {
      verb: 'get',
      label: `${labelOfRelease(key)}, revision ${revision.revision}`,
    })
  }
  const { metadata, data } = answer.body as KubernetesObject & {
    readonly data?: Readonly<Record<string, string>>
  }
  try {
    const packed = Buffer.from(Buffer.from(data?.release ?? '', 'base64').toString(), 'base64')
    const text = await unzip(packed, { maxOutputLength: mostBytes })
    const release = JSON.parse(text.toString()) as Readonly<Record<string, unknown>>
    return { resourceVersion: String(metadata.resourceVersion), release }
  } catch {
    // Without the cause, which may quote what it holds.
    throw unreadable(key, revision)
  }
}

/** What Helm stored of a revision; undefined where it is gone. */
export async function readRevision(
  session: Pick<Session, 'api'>,
  key: string,
  revision: Revision,
  signal: AbortSignal,
): Promise<StoredRelease | undefined> {
  const decoded = await readSecret(session, key, revision, signal)
  return decoded === undefined ? undefined : storedRelease(decoded.release, signal)
}

/** The part that we need of a release as Helm writes it down, or prints it as JSON. */
export async function storedRelease(
  release: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<StoredRelease> {
  const { manifest, hooks, info, chart } = release
  const text = typeof manifest === 'string' ? manifest : ''
  const read = await readObjects(text, {
    fileOf: () => 'the stored manifest',
    controlObjects: 'apply',
    signal,
  })
  const { description } = (info ?? {}) as { readonly description?: unknown }
  const { metadata } = (chart ?? {}) as {
    readonly metadata?: { readonly name?: unknown; readonly version?: unknown }
  }
  return {
    objects: read.manifests.map(({ manifest: object }) => object),
    hooks: Array.isArray(hooks) ? hooks.map(nameOfHook) : [],
    description: typeof description === 'string' ? description : '',
    chart: [metadata?.name, metadata?.version].filter((text) => typeof text === 'string').join(' '),
  }
}

function nameOfHook(hook: unknown): string {
  const { kind, name, events } = (hook ?? {}) as Readonly<Record<string, unknown>>
  return `${String(kind)} ${String(name)} (${Array.isArray(events) ? events.join(', ') : ''})`
}

const unreadable = (key: string, { secret }: Revision): MooringError =>
  new MooringError({
    code: 'HELM_RELEASE_UNREADABLE',
    kind: 'permanent',
    message: `Expected a release as Helm stores it in Secret ${secret} of ${labelOfRelease(key)}, found something else`,
    hint: 'See whether helm status reads it. A damaged revision can be deleted; Helm goes on from the one before.',
  })
