import { groupOf } from '../objects/key.ts'
import type { KubernetesObject } from '../objects/object.ts'

/**
 * Whose control object this is: an object that tells Flux or Argo CD to deploy something, as Mooring applications do.
 * Definitions of such kinds are none, and neither are Argo's rollouts, workflows and events.
 */
export function controllerOf({ apiVersion, kind }: KubernetesObject): 'Flux' | 'Argo CD' | undefined {
  const group = groupOf(apiVersion)
  // kustomize, helm, source, image and notification: https://fluxcd.io/flux/components/
  if (group.endsWith('.toolkit.fluxcd.io')) return 'Flux'
  return group === 'argoproj.io' && argoKinds.has(kind) ? 'Argo CD' : undefined
}

const argoKinds: ReadonlySet<string> = new Set(['Application', 'ApplicationSet', 'AppProject'])
