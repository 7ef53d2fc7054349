import { MooringError } from '@mooring/core'
import { sharedRun } from './discovery/shared-run.ts'
import type { KubernetesObject } from './objects/object.ts'
import type { Api } from './transport/api.ts'
import { failureError } from './transport/failure-error.ts'

/** Which cluster this is. */
export interface ClusterIdentity {
  readonly get: (signal: AbortSignal) => Promise<string>
  /** The connection was lost: it may lead to another cluster now. */
  readonly doubt: () => void
}

/**
 * The uid of the namespace `kube-system`, which a cluster has once and keeps: the URL may change, and another cluster may
 * come to stand behind it, of which `onOther` is told. Read once for everybody and kept until it is doubted. Whoever may
 * not read it names the cluster by option.
 */
export function clusterIdentity(api: Api, named: string | undefined, onOther: () => void): ClusterIdentity {
  let known: string | undefined = named
  let before: string | undefined
  let doubts = 0
  const look = sharedRun(async (signal) => {
    const doubtsBefore = doubts
    const found = await read(api, signal)
    // What was doubted meanwhile may have been read before the connection was lost.
    if (doubts === doubtsBefore) known = found
    if (before !== undefined && before !== found) onOther()
    before = found
    return found
  })
  return {
    get: async (signal) => {
      signal.throwIfAborted()
      return known ?? (await look.join(signal))
    },
    doubt: () => {
      doubts++
      known = named
    },
  }
}

async function read(api: Api, signal: AbortSignal): Promise<string> {
  const answer = await api.call({ method: 'GET', path: '/api/v1/namespaces/kube-system', signal })
  if (!answer.ok) {
    const error = failureError(answer.failure, { verb: 'get', label: 'Namespace kube-system' })
    if (error.code !== 'FORBIDDEN') throw error
    throw new MooringError({
      code: 'FORBIDDEN',
      kind: 'permanent',
      message: `${error.message}. Its uid tells one cluster from another`,
      hint: 'Permit get on the namespace kube-system, or name the cluster: kubernetesCluster({ identity: "prod" }).',
      cause: error,
    })
  }
  const { uid } = (answer.body as KubernetesObject).metadata
  return `cluster:${uid}`
}
