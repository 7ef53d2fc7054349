import { type Clock, isMooringError } from '@mooring/core'
import type { Api } from '../transport/api.ts'
import { pauseBetween } from './pause-between.ts'

/** What following an unreachable cluster needs. */
export interface ReturnDeps {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** The cluster was out of reach and answers again. */
  readonly onReturn: () => void
}

/**
 * The same API, which notices when the cluster cannot be reached and then asks for its version from time to time until it
 * answers: nobody who failed meanwhile has to wait for the end of a long backoff.
 */
export function watchForReturn(api: Api, { clock, signal, onReturn }: ReturnDeps): Api {
  let isAway = false
  const follow = async (): Promise<void> => {
    isAway = true
    for (let tries = 0; !signal.aborted; tries++) {
      // At most some ten seconds apart.
      await pauseBetween(clock, Math.min(tries, 3), undefined, signal)
      if (signal.aborted) return
      const isBack = await api.call({ method: 'GET', path: '/version', signal }).then(
        () => true,
        () => false,
      )
      if (!isBack) continue
      isAway = false
      onReturn()
      return
    }
  }
  return {
    ...api,
    call: async (request) => {
      try {
        return await api.call(request)
      } catch (error) {
        if (!isAway && isMooringError(error) && error.code === 'CLUSTER_UNREACHABLE') void follow()
        throw error
      }
    },
  }
}
