import type { KubernetesObject } from './object.ts'

/** One annotation of an object. What is not text says nothing, whoever wrote it. */
export const annotationIn = (object: KubernetesObject, name: string): string | undefined =>
  textIn(object.metadata?.annotations, name)

/** One label of an object. */
export const labelIn = (object: KubernetesObject, name: string): string | undefined =>
  textIn(object.metadata?.labels, name)

function textIn(members: unknown, name: string): string | undefined {
  if (typeof members !== 'object' || members === null || !Object.hasOwn(members, name)) return undefined
  const value: unknown = (members as Readonly<Record<string, unknown>>)[name]
  return typeof value === 'string' ? value : undefined
}

/** Everything of Mooring's on an object begins with this, and nothing else may. */
export const ownPrefix = 'mooring.dev/'

/** Names of the annotations that are Mooring's own. */
export const own = {
  owner: 'mooring.dev/owner',
  prune: 'mooring.dev/prune',
  reconcile: 'mooring.dev/reconcile',
  replace: 'mooring.dev/replace',
  adopt: 'mooring.dev/adopt',
  wave: 'mooring.dev/wave',
  dependsOn: 'mooring.dev/depends-on',
  ignore: 'mooring.dev/ignore',
  hook: 'mooring.dev/hook',
  hookDeletePolicy: 'mooring.dev/hook-delete-policy',
  hookWeight: 'mooring.dev/hook-weight',
  /** On an instance of a hook: the operation it was made for. */
  operation: 'mooring.dev/operation',
} as const

/** Names of the annotations of other tools that are read as those tools read them. */
export const foreign = {
  argoWave: 'argocd.argoproj.io/sync-wave',
  argoHook: 'argocd.argoproj.io/hook',
  argoDeletePolicy: 'argocd.argoproj.io/hook-delete-policy',
  argoOptions: 'argocd.argoproj.io/sync-options',
  fluxPrune: 'kustomize.toolkit.fluxcd.io/prune',
  fluxReconcile: 'kustomize.toolkit.fluxcd.io/reconcile',
  fluxApply: 'kustomize.toolkit.fluxcd.io/ssa',
  fluxForce: 'kustomize.toolkit.fluxcd.io/force',
  helmHook: 'helm.sh/hook',
  helmDeletePolicy: 'helm.sh/hook-delete-policy',
  helmWeight: 'helm.sh/hook-weight',
  helmPolicy: 'helm.sh/resource-policy',
  dependsOn: 'config.kubernetes.io/depends-on',
  deletion: 'client.lifecycle.config.k8s.io/deletion',
  onRemove: 'cli-utils.sigs.k8s.io/on-remove',
} as const
