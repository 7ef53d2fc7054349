import { createConnection } from '../src/connection/connection.ts'
import { createDiscovery } from '../src/discovery/discovery.ts'
import { pathOf } from '../src/discovery/path-of.ts'
import { groupKindOf, partsOf } from '../src/objects/key.ts'
import type { KubernetesObject } from '../src/objects/object.ts'
import type { ApiAnswer } from '../src/transport/api.ts'
import { createApi } from '../src/transport/create-api.ts'

/** Somebody else who works on the same cluster, with another field manager. */
export interface Intruder {
  readonly create: (object: KubernetesObject) => Promise<void>
  /** A merge patch. */
  readonly patch: (
    key: string,
    patch: unknown,
    options?: { readonly manager?: string; readonly subresource?: string },
  ) => Promise<void>
  readonly read: (key: string) => Promise<KubernetesObject | undefined>
  readonly remove: (key: string) => Promise<void>
  readonly removeAll: (collection: string) => Promise<void>
  readonly call: ReturnType<typeof createApi>['call']
  readonly close: () => Promise<void>
}

/** Somebody else, with these credentials. */
export async function intruder(kubeconfig: string, manager = 'intruder'): Promise<Intruder> {
  const connection = createConnection({ kubeconfig: { text: kubeconfig } })
  const api = createApi(connection)
  const discovery = createDiscovery(api, { unknownKindMs: 0 })
  const { signal } = new AbortController()
  const typeOf = async (wanted: string) => {
    const type = await discovery.typeOf(wanted, { signal })
    if (type === undefined) throw new Error(`The server does not serve ${wanted}`)
    return type
  }
  const pathOfKey = async (key: string, subresource?: string): Promise<string> => {
    const { namespace, name } = partsOf(key)
    const place = {
      name,
      ...(namespace !== '' && { namespace }),
      ...(subresource !== undefined && { subresource }),
    }
    return pathOf(await typeOf(groupKindOf(key)), place)
  }
  return {
    call: api.call,
    create: async (object) => {
      const type = await discovery.typeOf(object, { signal })
      if (type === undefined) throw new Error(`The server does not serve ${object.kind}`)
      const { namespace } = object.metadata
      const path = pathOf(type, namespace === undefined ? {} : { namespace })
      expectOk(
        await api.call({ method: 'POST', path, query: { fieldManager: manager }, body: object, signal }),
      )
    },
    patch: async (key, patch, options = {}) => {
      const path = await pathOfKey(key, options.subresource)
      const query = { fieldManager: options.manager ?? manager }
      const contentType = 'application/merge-patch+json'
      expectOk(await api.call({ method: 'PATCH', path, query, body: patch, contentType, signal }))
    },
    read: async (key) => {
      const answer = await api.call({ method: 'GET', path: await pathOfKey(key), signal })
      if (!answer.ok && answer.status === 404) return undefined
      return expectOk(answer) as KubernetesObject
    },
    remove: async (key) =>
      void expectOk(await api.call({ method: 'DELETE', path: await pathOfKey(key), signal })),
    removeAll: async (path) => void expectOk(await api.call({ method: 'DELETE', path, signal })),
    close: async () => {
      connection.close()
      await api[Symbol.asyncDispose]()
    },
  }
}

function expectOk(answer: ApiAnswer): unknown {
  if (answer.ok) return answer.body
  throw new Error(`${answer.status}: ${answer.failure.message}`)
}
