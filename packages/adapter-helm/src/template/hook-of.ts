import type { KubernetesObject } from '@mooring/adapter-kubernetes'

/**
 * Why an object is left out because of its annotation `helm.sh/hook`, or nothing where it is kept. Kept with its annotations
 * is what takes part in a sync: phases of installing and upgrading are for the target to run.
 */
export function hookOf({ metadata: { annotations } }: KubernetesObject): string | undefined {
  const phases = String(annotations?.['helm.sh/hook'] ?? '')
    .split(',')
    .map((phase) => phase.trim())
    .filter((phase) => phase !== '')
  if (phases.length === 0 || phases.some((phase) => partsOfSync.has(phase))) return undefined
  if (phases.every((phase) => phase === 'test' || phase === 'test-success' || phase === 'test-failure')) {
    return 'it is a test of the chart, which helm test would run'
  }
  return `it is a hook of phases that a rendered chart does not have (${phases.join(', ')})`
}

const partsOfSync: ReadonlySet<string> = new Set([
  'pre-install',
  'post-install',
  'pre-upgrade',
  'post-upgrade',
])
