import type { Dependency, Orderable, ResourceKey } from '@mooring/core'
import { type Place, workloads } from './place.ts'

/**
 * Workloads that serve before the webhook configurations and APIServices that may point to them: a webhook that bites
 * before its server is up refuses everything, its own server included. Not Jobs, which end, and often finish what the
 * webhook lacks; and not Services, which wait for nothing and so are there by then.
 *
 * Which server is meant stands in bodies, so it waits for all of them up to {@link mostEdges} pairs; in a larger set, where
 * nearly all are strangers to it, for the first of each namespace and kind, which still puts it into a later stage. One
 * that somebody depends on is left where its user put it: waiting for workloads, it could wait for itself.
 */
export function webhookEdges(
  places: readonly Place[],
  resources: readonly Orderable[],
): readonly Dependency[] {
  const webhooks = places.filter(({ type }) => servedFromInside.has(type))
  if (webhooks.length === 0) return []
  const named = new Set<ResourceKey>(resources.flatMap(({ dependsOn = [] }) => dependsOn))
  const waiting = webhooks.filter(({ key }) => !named.has(key))
  const servers = places.filter(({ type }) => workloads.has(type) && !type.startsWith('batch/'))
  const awaited = servers.length * waiting.length <= mostEdges ? servers : firstOfEach(servers)
  return waiting.flatMap((webhook) =>
    awaited
      .filter(({ wave }) => wave <= webhook.wave)
      .map(({ key }) => ({ before: key, after: webhook.key })),
  )
}

const mostEdges = 1_000

const servedFromInside: ReadonlySet<string> = new Set([
  'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
  'apiregistration.k8s.io/APIService',
])

function firstOfEach(servers: readonly Place[]): readonly Place[] {
  const first = new Map<string, Place>()
  for (const server of servers) {
    const slot = `${server.wave}/${server.namespace}/${server.type}`
    const known = first.get(slot)
    if (known === undefined || server.key < known.key) first.set(slot, server)
  }
  return [...first.values()]
}
