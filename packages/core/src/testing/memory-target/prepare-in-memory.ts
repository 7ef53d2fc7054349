import { canonicalJson } from '../../digest/canonical-json.ts'
import { MooringError } from '../../errors/mooring-error.ts'
import type { Desired, Located, Waiting } from '../../model/resource.ts'
import type { Call } from '../../ports/call.ts'
import type { Prepared } from '../../ports/target.ts'
import type { MemoryWorld } from './memory-live.ts'
import { faultOf, type MemoryManifest, traitsOf } from './memory-manifest.ts'

/** Manifests as desired resources. Throws one `INVALID_MANIFEST` that lists everything that is wrong, with its file. */
export function prepareInMemory(
  world: MemoryWorld,
  manifests: readonly Located<MemoryManifest>[],
  { digest }: Call,
): Prepared<MemoryManifest> {
  const faults = manifests.flatMap((located) => {
    const fault = faultOf(located)
    return fault === undefined ? [] : [`${placeOf(located)} ${fault}`]
  })
  if (faults.length > 0) throw invalidManifest(faults)

  const desired: Desired<MemoryManifest>[] = []
  const waiting: Waiting[] = []
  for (const { manifest, origin } of manifests) {
    const named = origin === undefined ? { label: manifest.id } : { label: manifest.id, origin }
    const { waitsFor } = manifest
    if (typeof waitsFor === 'string' && !world.records.has(waitsFor)) {
      waiting.push({ ...named, reason: `waits for ${waitsFor}, which does not exist yet` })
      continue
    }
    const content = { manifest, digest: digest(canonicalJson(manifest)), traits: traitsOf(manifest) }
    desired.push({ key: manifest.id, ...named, ...content })
  }
  return { desired, waiting }
}

function placeOf({ manifest, origin }: Located<MemoryManifest>): string {
  const id = manifest?.id ?? 'a manifest'
  return origin === undefined ? String(id) : `${id} in ${origin.file}`
}

function invalidManifest(faults: readonly string[]): MooringError {
  return new MooringError({
    code: 'INVALID_MANIFEST',
    kind: 'permanent',
    message: `Expected manifests of a memory target, but ${faults.join('; ')}`,
    hint: 'Give every manifest an id and well-formed traits.',
  })
}
