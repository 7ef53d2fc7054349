import { MooringError } from '@mooring/core'
import { pathOf } from '../discovery/path-of.ts'
import { pagesOf } from '../live/pages.ts'
import type { KubernetesObject } from '../objects/object.ts'
import type { Api, ApiAnswer, ApiFailure, ApiRequest } from '../transport/api.ts'
import { failureError } from '../transport/failure-error.ts'
import {
  isAlreadyExists,
  isNamespaceMissing,
  isStaleVersion,
  isUidMismatch,
} from '../transport/failure-kinds.ts'
import type { StoreScope } from './object-names.ts'
import { storeForbidden } from './store-errors.ts'
import { storeMark } from './store-mark.ts'
import { type ObjectToStore, objectIn, type StoredObject, secretOf } from './stored-object.ts'

/** The Secrets of one store. What is said of a version holds when the answer comes; everything else throws. */
export interface Secrets {
  /** The object as it is now, read from etcd; undefined where there is none. */
  readonly get: (name: string, signal: AbortSignal) => Promise<StoredObject | undefined>
  /** Undefined where one of this name is there already. */
  readonly create: (object: ObjectToStore, signal: AbortSignal) => Promise<StoredObject | undefined>
  /** Replaces this version. Undefined where it is not there any more. */
  readonly replace: (
    object: ObjectToStore,
    resourceVersion: string,
    signal: AbortSignal,
  ) => Promise<StoredObject | undefined>
  /** Applies a JSON patch (RFC 6902); undefined where one of its tests failed, or there is no such object. */
  readonly patch: (
    name: string,
    steps: readonly JsonPatchStep[],
    signal: AbortSignal,
  ) => Promise<StoredObject | undefined>
  /** Deletes this version, or any. False where it was another version. */
  readonly remove: (name: string, signal: AbortSignal, version?: string) => Promise<boolean>
  /** The metadata of all objects of the store, or of those with these labels: one consistent moment. */
  readonly list: (signal: AbortSignal, labels?: string) => Promise<readonly KubernetesObject[]>
}

/** One step of a JSON patch. */
export interface JsonPatchStep {
  readonly op: 'test' | 'add' | 'replace' | 'remove'
  readonly path: string
  readonly value?: string
}

/** The Secrets of a store, over whatever connection is open at the time. */
export function createSecrets(scope: StoreScope, api: () => Api): Secrets {
  const { namespace, store } = scope
  const collection = pathOf(secretType, { namespace })
  const pathTo = (name: string): string => pathOf(secretType, { namespace, name })
  const call = async (
    verb: string,
    name: string,
    request: Omit<ApiRequest, 'query'>,
    expected: (failure: ApiFailure) => boolean,
  ): Promise<StoredObject | undefined> => {
    const query = request.method === 'GET' ? {} : { query: { fieldManager } }
    const answer = await api().call({ ...request, ...query })
    if (answer.ok) return objectIn(scope, answer.body as KubernetesObject)
    if (expected(answer.failure) && !isNamespaceMissing(answer.failure)) return undefined
    throw refusal(scope, answer, verb, `Secret ${namespace}/${name}`)
  }
  return {
    get: (name, signal) => call('get', name, { method: 'GET', path: pathTo(name), signal }, isGone),
    create: (object, signal) => {
      const body = secretOf(scope, object)
      return call('create', object.name, { method: 'POST', path: collection, body, signal }, isAlreadyExists)
    },
    replace: (object, resourceVersion, signal) => {
      const secret = secretOf(scope, object)
      const body = { ...secret, metadata: { ...secret.metadata, resourceVersion } }
      return call('update', object.name, { method: 'PUT', path: pathTo(object.name), body, signal }, hasMoved)
    },
    patch: (name, steps, signal) => {
      const contentType = 'application/json-patch+json'
      const request = { method: 'PATCH', path: pathTo(name), body: steps, contentType, signal } as const
      // 422: a test failed. 409: others wrote in between, five times while the server tried.
      return call('patch', name, request, (failure) => failure.status === 422 || hasMoved(failure))
    },
    remove: async (name, signal, resourceVersion) => {
      const body = resourceVersion === undefined ? {} : { body: { preconditions: { resourceVersion } } }
      const answer = await api().call({ method: 'DELETE', path: pathTo(name), ...body, signal })
      if (answer.ok || isGone(answer.failure)) return true
      if (hasMoved(answer.failure)) return false
      throw refusal(scope, answer, 'delete', `Secret ${namespace}/${name}`)
    },
    list: async (signal, labels) => {
      const labelSelector = `${storeMark.store}=${store}${labels === undefined ? '' : `,${labels}`}`
      const found: KubernetesObject[] = []
      try {
        const listing = { type: secretType, namespace, labelSelector, metadataOnly: true, signal }
        for await (const { items } of pagesOf(api(), listing)) found.push(...items)
      } catch (thrown) {
        throw forStore(scope, thrown)
      }
      return found
    },
  }
}

/** Stands in `metadata.managedFields`. */
const fieldManager = 'mooring-store'

const secretType = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  verbs: [],
  hasStatus: false,
} as const

const isGone = ({ status }: ApiFailure): boolean => status === 404

const hasMoved = (failure: ApiFailure): boolean =>
  isGone(failure) || isStaleVersion(failure) || isUidMismatch(failure)

function refusal(scope: StoreScope, answer: ApiAnswer, verb: string, label: string): unknown {
  if (answer.ok) throw new TypeError('Expected a refusal')
  return forStore(scope, failureError(answer.failure, { verb, label }))
}

const forStore = (scope: StoreScope, thrown: unknown): unknown =>
  thrown instanceof MooringError && thrown.code === 'FORBIDDEN' ? storeForbidden(scope, thrown) : thrown
