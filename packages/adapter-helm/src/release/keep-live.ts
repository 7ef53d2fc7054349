import type { IgnoreRule, KubernetesObject } from '@mooring/adapter-kubernetes'
import { ignoreAnnotation, ignoring, leaveAlone } from '@mooring/adapter-kubernetes/parts'

/**
 * The object as healing applies it over a live one: what the rules name, and what another applier owns, stays as it is. The
 * annotation in which adapter-kubernetes notes rules is not ours to leave on a release's object.
 */
export function keepLive(
  object: KubernetesObject,
  live: KubernetesObject,
  rules: readonly IgnoreRule[],
): KubernetesObject {
  const kept = leaveAlone(ignoring(rules)(object), live, 'helm', { healing: true })
  if (object.metadata.annotations?.[ignoreAnnotation] !== undefined) return kept
  const { [ignoreAnnotation]: _, ...annotations } = kept.metadata.annotations ?? {}
  return { ...kept, metadata: { ...kept.metadata, annotations } }
}
