import type { Applied } from '../model/inventory.ts'
import type { Observation, ResourceKey, Traits } from '../model/resource.ts'

/** What is recorded of a resource that is as desired. */
export function appliedOf(
  observation: Observation,
  digest: string,
  traits: Traits | undefined,
  dependencies: readonly ResourceKey[],
): Applied {
  const { uid, fingerprint, memo } = observation
  return {
    ...(uid !== undefined && { uid }),
    digest,
    ...(fingerprint !== undefined && { fingerprint }),
    ...(memo !== undefined && { memo }),
    ...(traits !== undefined && { traits }),
    ...(dependencies.length > 0 && { dependencies }),
  }
}
