import type { ApiAnswer, ApiCall } from '../../tools/control-plane/index.ts'
import { kindOf, kinds, objectOf, valueName } from './wanted.ts'

/** One live object as the API server has it. */
export interface LiveObject {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly version: string
  readonly value: string | undefined
  /** The owner mark, as it is written. */
  readonly mark: string | undefined
  readonly isDeleting: boolean
}

/** Somebody beside the engine who may do everything, on a line of their own. */
export interface Intruder {
  /** Without effect on what is not there. */
  readonly edit: (id: string) => Promise<void>
  readonly remove: (id: string) => Promise<void>
  /** Takes off the label that watches select. */
  readonly hide: (id: string) => Promise<void>
  /** Asks for it to be left when Git drops it, on the live object only. */
  readonly protect: (id: string) => Promise<void>
  /** Makes an object that is nobody's, or one with the marks of another copied to it. */
  readonly make: (id: string, copiedFrom?: string) => Promise<LiveObject>
  /** Everything in the namespace, and everything anywhere with the installation's label. */
  readonly look: () => Promise<ReadonlyMap<string, LiveObject>>
}

/** Somebody else in this namespace. */
export function intruder(call: ApiCall, namespace: string): Intruder {
  const folderOf = (id: string): string => `/api/v1/namespaces/${namespace}/${kindOf(id).plural}`
  const patch = async (id: string, metadata: object): Promise<void> => {
    const path = `${folderOf(id)}/${id}?fieldManager=intruder`
    expectOneOf(await call('PATCH', path, { body: { metadata } }), 200, 404)
  }
  return {
    edit: (id) => patch(id, { annotations: { [valueName]: 'edited by somebody else' } }),
    remove: async (id) => expectOneOf(await call('DELETE', `${folderOf(id)}/${id}`), 200, 404),
    hide: (id) => patch(id, { labels: { [label]: null } }),
    protect: (id) => patch(id, { annotations: { 'mooring.dev/prune': 'disabled' } }),
    make: async (id, copiedFrom) => {
      const { metadata, ...body } = objectOf(id, { [valueName]: 'theirs' })
      const original =
        copiedFrom === undefined ? undefined : await call('GET', `${folderOf(copiedFrom)}/${copiedFrom}`)
      const annotations = { ...original?.body.metadata?.annotations, ...metadata.annotations }
      const copied = { ...metadata, annotations, labels: original?.body.metadata?.labels ?? {} }
      const made = await call('POST', folderOf(id), { body: { ...body, metadata: copied } })
      expectOneOf(made, 201)
      return liveOf(made.body)
    },
    look: async () => {
      const found = new Map<string, LiveObject>()
      for (const { plural } of kinds) {
        for (const path of [
          `/api/v1/namespaces/${namespace}/${plural}`,
          `/api/v1/${plural}?labelSelector=${label}%3D${namespace}`,
        ]) {
          const listed = await call('GET', path)
          expectOneOf(listed, 200)
          for (const live of listed.body.items.map(liveOf) as LiveObject[]) found.set(live.name, live)
        }
      }
      // What the cluster itself puts into every namespace.
      for (const name of ['default', 'kube-root-ca.crt']) found.delete(name)
      return found
    },
  }
}

const label = 'mooring.dev/installation'

const liveOf = ({ metadata }: ApiAnswer['body']): LiveObject => ({
  name: metadata.name,
  namespace: metadata.namespace,
  uid: metadata.uid,
  version: metadata.resourceVersion,
  value: metadata.annotations?.[valueName],
  mark: metadata.annotations?.['mooring.dev/owner'],
  isDeleting: metadata.deletionTimestamp !== undefined,
})

function expectOneOf({ status, body }: ApiAnswer, ...expected: readonly number[]): void {
  if (!expected.includes(status))
    throw new Error(`Expected ${expected.join(' or ')}, found ${status}: ${JSON.stringify(body)}`)
}
