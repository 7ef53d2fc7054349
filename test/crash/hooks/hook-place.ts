import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { directory, files } from '@mooring/adapter-filesystem'
import { kubernetesCluster, manifests } from '@mooring/adapter-kubernetes'
import type { Desired, Renderer, Target } from '@mooring/core'
import type { ControlPlane } from '../../../tools/control-plane/index.ts'
import type { PlaceSettings } from '../place.ts'

/** One system in which releases with hooks are made. */
export interface HookPlace {
  readonly settings: PlaceSettings
  /** Files of one release: an ordinary resource with this value, and hooks before and after it. */
  readonly filesOf: (value: string) => Readonly<Record<string, string>>
  /** Names of the instances of hooks that are there, with what tells an incarnation from another. */
  readonly instances: () => Promise<ReadonlyMap<string, string>>
}

/** Renderer and target of a place. */
export function hookAdaptersOf(settings: PlaceSettings): {
  readonly renderer: Renderer<unknown>
  readonly target: Target<unknown>
} {
  // Which manifests go between the two is theirs alone.
  if (settings.kind === 'directory') {
    const target = withHooks(directory(settings.path))
    return { renderer: files(), target } as unknown as ReturnType<typeof hookAdaptersOf>
  }
  const { kubeconfig, namespace } = settings
  const target = kubernetesCluster({ kubeconfig: { text: kubeconfig } }).target({ namespace })
  return { renderer: manifests(), target } as unknown as ReturnType<typeof hookAdaptersOf>
}

type Directory = ReturnType<typeof directory>
type FileDesired = Parameters<NonNullable<Directory['instantiate']>>[0]

/** A directory in which files named `….hook` are hooks: an instance is a file with the operation in its name. */
function withHooks(target: Directory): Directory {
  return {
    ...target,
    prepare: async (given, call) => {
      const { desired, waiting } = await target.prepare(given, call)
      return { waiting, desired: desired.map(asHook) }
    },
    instantiate: ({ traits: { hook: _, ...traits }, ...desired }, operation) => {
      const path = `${desired.key}-${operation}`
      return { ...desired, key: path, label: path, traits, manifest: { ...desired.manifest, path } }
    },
  }
}

function asHook(desired: FileDesired): Desired<FileDesired['manifest']> {
  if (!desired.key.endsWith('.hook')) return desired
  const phase = desired.key.startsWith('before') ? ('beforeSync' as const) : ('afterSync' as const)
  return { ...desired, traits: { ...desired.traits, hook: { phases: [phase] } } }
}

/** A directory of its own in this folder. */
export function hookDirectory(folder: string): HookPlace {
  const path = join(folder, 'live')
  mkdirSync(path)
  return {
    settings: { kind: 'directory', path },
    filesOf: (value) => ({
      'app/a.txt': value,
      'app/b.txt': 'always the same',
      'app/before.hook': 'before',
      'app/after.hook': 'after',
    }),
    instances: async () => {
      const found = new Map<string, string>()
      for (const name of readdirSync(path)) {
        if (!/\.hook-[0-9a-f-]{36}$/.test(name)) continue
        const { ino, birthtimeMs } = statSync(join(path, name))
        found.set(name, `${ino} ${birthtimeMs}`)
      }
      return found
    },
  }
}

/** A namespace of its own in this cluster, whose hooks are Jobs. */
export async function hookNamespace(cluster: ControlPlane): Promise<HookPlace> {
  const namespace = await cluster.createNamespace()
  const job = (name: string, phase: string): string =>
    JSON.stringify({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name, annotations: { 'mooring.dev/hook': phase } },
      spec: {
        template: {
          spec: { restartPolicy: 'Never', containers: [{ name, image: `registry.example.com/${name}:1` }] },
        },
      },
    })
  const configMap = (name: string, value: string): string =>
    JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } })
  return {
    settings: { kind: 'kubernetes', kubeconfig: cluster.admin.kubeconfig, namespace },
    filesOf: (value) => ({
      'app/a.yaml': configMap('a', value),
      'app/b.yaml': configMap('b', 'always the same'),
      'app/before.yaml': job('before', 'before-sync'),
      'app/after.yaml': job('after', 'after-sync'),
    }),
    instances: async () => {
      const { body } = await cluster.admin.call('GET', `/apis/batch/v1/namespaces/${namespace}/jobs`)
      const items: readonly { readonly metadata: { readonly name: string; readonly uid: string } }[] =
        body.items
      return new Map(items.map(({ metadata }) => [metadata.name, metadata.uid]))
    },
  }
}
