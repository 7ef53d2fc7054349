import { isMooringError, type MooringError, type Snapshot, type SnapshotEntry } from '@mooring/core'
import { type FileChanges, memorySource } from '@mooring/core/testing'

const { signal } = new AbortController()

/** The files of a small chart called `demo`, in a folder, with others beside or instead. */
export function demoChart(folder = '', more: FileChanges = {}): Record<string, string | Uint8Array> {
  const prefix = folder === '' ? '' : `${folder}/`
  const files: FileChanges = {
    'Chart.yaml': 'apiVersion: v2\nname: demo\nversion: 1.2.3\n',
    'values.yaml': 'greeting: hello\nreplicas: 1\nlabels: {}\n',
    'templates/web.yaml': configMap('{{ .Release.Name }}-web', '{{ .Values.greeting | quote }}'),
    ...more,
  }
  return Object.fromEntries(
    Object.entries(files).flatMap(([path, content]) =>
      content === undefined || content === null ? [] : [[`${prefix}${path}`, content as string]],
    ),
  )
}

/** A ConfigMap as YAML, with one value. */
export const configMap = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  value: ${value}\n`

/** A snapshot of these files. */
export async function snapshotOf(files: FileChanges): Promise<Snapshot> {
  const source = memorySource({ files })
  const { revision } = await source.resolve({ signal })
  return source.open(revision, { signal })
}

/** A snapshot in which one entry is of a kind that a memory source has not. */
export async function snapshotWithKind(
  files: FileChanges,
  path: string,
  kind: SnapshotEntry['kind'],
): Promise<Snapshot> {
  const snapshot = await snapshotOf(files)
  return {
    ...snapshot,
    async *list(folder, options) {
      for await (const entry of snapshot.list(folder, options))
        yield entry.path === path ? { ...entry, kind } : entry
    },
  }
}

/** The Mooring error that a promise must end with. */
export async function failureOf(promise: Promise<unknown>): Promise<MooringError> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (isMooringError(thrown)) return thrown
  throw new Error('Expected a Mooring error', { cause: thrown })
}
