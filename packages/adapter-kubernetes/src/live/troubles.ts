import type { Clock, Health, Observation, ResourceKey } from '@mooring/core'
import { pathOf } from '../discovery/path-of.ts'
import type { ResourceType } from '../discovery/resource-type.ts'
import { containerTrouble, selectorOf } from '../health/pods-of.ts'
import { partsOf } from '../objects/key.ts'
import type { KubernetesObject } from '../objects/object.ts'
import type { Api } from '../transport/api.ts'

/** Why workloads are not healthy, in the words of their own containers. */
export interface Troubles {
  /** Told each workload as it comes by. */
  readonly see: (object: KubernetesObject, observation: Observation) => void
  /** The observation, with what its pods say where it has been unhealthy for a while. */
  readonly explain: (observation: Observation, signal: AbortSignal) => Promise<Observation>
  readonly forget: (keys: readonly ResourceKey[]) => void
}

interface Unhealthy {
  readonly selector: string
  readonly since: number
  askedAt: number
  health: Health | undefined
}

const pods: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  namespaced: true,
  verbs: ['list'],
  hasStatus: true,
}
/** A rollout that takes no longer than this needs no explanation. */
const patienceMs = 2_000
/** How long an explanation serves. */
const servesMs = 5_000

/** Explains by one list of a workload's pods, and only while the workload is unhealthy: nothing at rest. */
export function createTroubles(api: Api, clock: Clock): Troubles {
  const unhealthy = new Map<ResourceKey, Unhealthy>()
  return {
    see: (object, { key, health }) => {
      const isUnhealthy = health.state === 'progressing' || health.state === 'degraded'
      const selector = isUnhealthy ? selectorOf(object) : undefined
      if (selector === undefined) {
        unhealthy.delete(key)
        return
      }
      const known = unhealthy.get(key)
      if (known?.selector === selector) return
      unhealthy.set(key, {
        selector,
        since: clock.monotonic(),
        askedAt: Number.NEGATIVE_INFINITY,
        health: undefined,
      })
    },
    explain: async (observation, signal) => {
      const known = unhealthy.get(observation.key)
      const now = clock.monotonic()
      if (known === undefined || now - known.since < patienceMs) return observation
      if (now - known.askedAt >= servesMs) {
        known.askedAt = now
        known.health = await ask(api, observation, known.selector, signal)
      }
      return known.health === undefined ? observation : { ...observation, health: known.health }
    },
    forget: (keys) => {
      for (const key of keys) unhealthy.delete(key)
    },
  }
}

async function ask(
  api: Api,
  { key, health }: Observation,
  labelSelector: string,
  signal: AbortSignal,
): Promise<Health | undefined> {
  const { namespace } = partsOf(key)
  // A few of its pods are enough: they fail alike. Whoever may not read pods goes without the explanation.
  const query = { labelSelector, limit: '20' }
  const answer = await api
    .call({ method: 'GET', path: pathOf(pods, { namespace }), query, signal })
    .catch((error: unknown) => {
      signal.throwIfAborted()
      return { ok: false as const, error }
    })
  if (!answer.ok) return undefined
  const { items = [] } = answer.body as { readonly items?: readonly KubernetesObject[] }
  const trouble = containerTrouble(items)
  if (trouble === undefined) return undefined
  const message = health.message === undefined ? trouble.message : `${health.message}; ${trouble.message}`
  return { state: trouble.isFailure ? 'degraded' : health.state, message }
}
