import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { directory, files } from '@mooring/adapter-filesystem'
import { kubernetesCluster, manifests } from '@mooring/adapter-kubernetes'
import type { Renderer, Target } from '@mooring/core'
import { testCall } from '@mooring/core/testing'
import type { ControlPlane } from '../../tools/control-plane/index.ts'

/** Where the killed processes write, as they are told. */
export type PlaceSettings =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'kubernetes'; readonly kubeconfig: string; readonly namespace: string }

/** What is live, as somebody who looks at the system itself sees it. */
export interface Live {
  readonly value: string
  /** Name of the application whose mark it carries. */
  readonly owner?: string
  /** Of this incarnation, where the system has such. */
  readonly uid?: string
}

/**
 * The installation that works in a place. Namespaces of one cluster have one each: a store that is new takes what carries
 * its mark anywhere in the cluster for what it lost.
 */
export const installationOf = (settings: PlaceSettings): string =>
  settings.kind === 'kubernetes' ? `crash-${settings.namespace}` : 'crash'

/** One system that is kept in line, and somebody else beside the engine. */
export interface Place {
  readonly settings: PlaceSettings
  /** Name and content of the file that asks for a resource. */
  readonly fileOf: (id: string, value: string) => readonly [string, string]
  /** What the inventory calls a resource. */
  readonly keyOf: (id: string) => string
  readonly live: (applications: readonly string[]) => Promise<ReadonlyMap<string, Live>>
  /** Whether another incarnation can be told from the one before. */
  readonly uids: boolean
  readonly remove: (id: string) => Promise<void>
  /** Makes a resource that is nobody's, or changes one. */
  readonly put: (id: string, value: string) => Promise<void>
}

/** Renderer and target of a place. */
export function adaptersOf(settings: PlaceSettings): {
  readonly renderer: Renderer<unknown>
  readonly target: Target<unknown>
} {
  // Which manifests go between the two is theirs alone.
  if (settings.kind === 'directory')
    return { renderer: files(), target: directory(settings.path) } as unknown as ReturnType<typeof adaptersOf>
  const { kubeconfig, namespace } = settings
  const target = kubernetesCluster({ kubeconfig: { text: kubeconfig } }).target({ namespace })
  return { renderer: manifests(), target } as unknown as ReturnType<typeof adaptersOf>
}

/** A directory of its own in this folder. */
export function directoryPlace(folder: string): Place {
  const path = join(folder, 'live')
  mkdirSync(path)
  const idOf = (file: string): string => file.replace(/\.txt$/, '')
  return {
    settings: { kind: 'directory', path },
    fileOf: (id, value) => [`${id}.txt`, value],
    keyOf: (id) => `${id}.txt`,
    live: async (applications) => {
      const found = new Map<string, Live>()
      for (const file of readdirSync(path).filter((name) => name.endsWith('.txt')))
        found.set(idOf(file), { value: readFileSync(join(path, file), 'utf8') })
      await using target = directory(path)
      for (const application of applications) {
        const call = testCall({ owner: { installation: 'crash', application } })
        for await (const { key } of target.owned?.(call) ?? []) {
          const live = found.get(idOf(key))
          // The claim as the target itself reads it.
          const seen = live && (await target.observe([key], call)).get(key)
          if (live !== undefined && seen?.owner?.application === application)
            found.set(idOf(key), { ...live, owner: application })
        }
      }
      return found
    },
    uids: false,
    remove: async (id) => rmSync(join(path, `${id}.txt`)),
    put: async (id, value) => writeFileSync(join(path, `${id}.txt`), value),
  }
}

/** A namespace of its own in this cluster. */
export async function namespacePlace(cluster: ControlPlane): Promise<Place> {
  const namespace = await cluster.createNamespace()
  const url = `/api/v1/namespaces/${namespace}/configmaps`
  const bodyOf = (id: string, value: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: id },
    data: { value },
  })
  return {
    settings: { kind: 'kubernetes', kubeconfig: cluster.admin.kubeconfig, namespace },
    fileOf: (id, value) => [`${id}.yaml`, JSON.stringify(bodyOf(id, value))],
    keyOf: (id) => `/ConfigMap/${namespace}/${id}`,
    live: async () => {
      const found = new Map<string, Live>()
      const { body } = await cluster.admin.call('GET', url)
      for (const { metadata, data } of body.items) {
        if (metadata.name === 'kube-root-ca.crt') continue
        const owner: string | undefined = metadata.annotations?.['mooring.dev/owner']?.split('/')[1]
        found.set(metadata.name, {
          value: data?.value ?? '',
          uid: metadata.uid,
          ...(owner !== undefined && { owner }),
        })
      }
      return found
    },
    uids: true,
    remove: async (id) => void (await cluster.admin.call('DELETE', `${url}/${id}`)),
    put: async (id, value) => {
      const patched = await cluster.admin.call('PATCH', `${url}/${id}`, { body: { data: { value } } })
      if (patched.status === 404) await cluster.admin.call('POST', url, { body: bodyOf(id, value) })
    },
  }
}
