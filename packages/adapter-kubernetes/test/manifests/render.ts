import type { MooringError, Rendered, Snapshot, SnapshotEntry } from '@mooring/core'
import { type FileChanges, memorySource } from '@mooring/core/testing'
import type { KubernetesObject } from '../../src/index.ts'
import { type ManifestOptions, manifests } from '../../src/manifests/manifests.ts'

const { signal } = new AbortController()

/** A snapshot of these files. */
export async function snapshotOf(files: FileChanges): Promise<Snapshot> {
  const source = memorySource({ files })
  const { revision } = await source.resolve({ signal })
  return source.open(revision, { signal })
}

/** What `manifests` makes of these files. */
export async function render(
  files: FileChanges,
  { path = '', ...options }: ManifestOptions & { readonly path?: string } = {},
): Promise<Rendered<KubernetesObject>> {
  return manifests(options).render({ snapshot: await snapshotOf(files), path }, { signal })
}

/** The one manifest of a file called `a.yaml`, or another. */
export async function renderOne(content: string | Uint8Array, file = 'a.yaml'): Promise<KubernetesObject> {
  const { manifests: rendered } = await render({ [file]: content })
  const [one, another] = rendered
  if (one === undefined || another !== undefined)
    throw new Error(`Expected one manifest, got ${rendered.length}`)
  return one.manifest
}

/** The error of a render that must fail. */
export async function failureOf(promise: Promise<unknown>): Promise<MooringError> {
  const outcome = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (outcome === undefined) throw new Error('Expected a failure, got none')
  return outcome as MooringError
}

/** The error for one file called `a.yaml`, or another. */
export const failureIn = (content: string | Uint8Array, file = 'a.yaml'): Promise<MooringError> =>
  failureOf(render({ [file]: content }))

/** The beginning of an object; a line `value: ...` makes it a whole one. */
export const head = 'apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: a\n'

/** The value that a YAML scalar or collection is read as. */
export const valueOfYaml = async (yaml: string): Promise<unknown> =>
  (await renderOne(`${head}value: ${yaml}\n`)).value

/** A snapshot with entries of kinds that a memory source has not. Links hold the path they name. */
export function snapshotWith(
  entries: Readonly<Record<string, { readonly kind: SnapshotEntry['kind']; readonly content?: string }>>,
): Snapshot {
  const below = (path: string) =>
    Object.keys(entries).filter((file) => path === '' || file.startsWith(`${path}/`))
  const missing = (path: string) =>
    Object.assign(new Error(path), { code: 'PATH_NOT_FOUND', [Symbol.for('mooring.error')]: true })
  return {
    revision: { id: '1' },
    digestOf: async (path) => (path in entries || below(path).length > 0 ? 'digest' : undefined),
    async *list(path) {
      if (below(path).length === 0) throw missing(path)
      for (const file of below(path)) yield { path: file, digest: file, kind: entries[file]?.kind ?? 'file' }
    },
    read: async (path) => new TextEncoder().encode(entries[path]?.content ?? ''),
    async [Symbol.asyncDispose]() {},
  }
}
