import type { Store } from '@mooring/core'
import { onTestFinished } from 'vitest'
import type { ControlPlane, User } from '../../../../tools/control-plane/index.ts'
import { createConnection } from '../../src/connection/connection.ts'
import { type ClusterStoreOptions, clusterStore } from '../../src/store/cluster-store.ts'
import { type StoreLimits, storeLimits } from '../../src/store/store-limits.ts'
import type { Api } from '../../src/transport/api.ts'
import { createApi } from '../../src/transport/create-api.ts'

/** Limits at which everything is split from the first commits on. */
export const tinyLimits: StoreLimits = { ...storeLimits, headInventory: 400, headHistory: 900, chunk: 6000 }

/** How a store of the scene differs from the usual. */
export interface SceneStore extends Partial<ClusterStoreOptions> {
  readonly limits?: StoreLimits
  /** What stands between the store and the API server. */
  readonly through?: (api: Api) => Api
  readonly as?: Pick<User, 'kubeconfig'>
}

/** A Secret as the API server gives it. */
export interface LiveSecret {
  readonly metadata: {
    readonly name: string
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
  }
  readonly data?: Readonly<Record<string, string>>
}

/** A namespace on a real API server, stores in it, and somebody who looks at what they wrote. */
export interface StoreScene {
  readonly namespace: string
  readonly never: { readonly signal: AbortSignal }
  /** Another store over the same Secrets, as another process makes one. Closed with the scene. */
  readonly store: (options?: SceneStore) => Store
  readonly secrets: (name?: string) => Promise<readonly LiveSecret[]>
  readonly names: (part?: string) => Promise<readonly string[]>
  readonly patch: (name: string, patch: unknown) => Promise<void>
  readonly remove: (name: string) => Promise<void>
  readonly close: () => Promise<void>
}

/** Sets the scene in a namespace of its own. */
export async function storeScene(cp: ControlPlane): Promise<StoreScene> {
  const namespace = await cp.createNamespace()
  const never = { signal: new AbortController().signal }
  const ends: (() => Promise<void>)[] = []
  const collection = `/api/v1/namespaces/${namespace}/secrets`
  const call = async (...request: Parameters<typeof cp.admin.call>) => {
    const { status, body } = await cp.admin.call(...request)
    if (status >= 300) throw new Error(`${request[0]} ${request[1]}: ${status} ${body.message}`)
    return body
  }
  const secrets: StoreScene['secrets'] = async (name = 'mooring') =>
    (await call('GET', `${collection}?labelSelector=mooring.dev/store%3D${name}`)).items
  return {
    namespace,
    never,
    secrets,
    names: async (part) =>
      (await secrets())
        .filter(({ metadata }) => part === undefined || metadata.labels['mooring.dev/store-part'] === part)
        .map(({ metadata }) => metadata.name),
    store: ({ limits = storeLimits, through = (api: Api): Api => api, as = cp.admin, ...options } = {}) => {
      const connection = createConnection({ kubeconfig: { text: as.kubeconfig } })
      const api = createApi(connection)
      const reached = through(api)
      ends.push(async () => {
        connection.close()
        await api[Symbol.asyncDispose]()
      })
      return clusterStore({
        cluster: 'test',
        options: { namespace, ...options },
        api: () => reached,
        leave: async () => undefined,
        limits,
      })
    },
    patch: async (name, patch) => void (await call('PATCH', `${collection}/${name}`, { body: patch })),
    remove: async (name) => void (await call('DELETE', `${collection}/${name}`)),
    close: async () => {
      for (const end of ends.splice(0)) await end()
    },
  }
}

/** The scene for one test, closed when it has finished. */
export async function sceneOfTest(cp: ControlPlane): Promise<StoreScene> {
  const scene = await storeScene(cp)
  onTestFinished(scene.close)
  return scene
}
