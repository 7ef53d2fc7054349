import { canonicalJson } from '../digest/canonical-json.ts'
import { messageOf } from '../errors/classify.ts'
import { MooringError } from '../errors/mooring-error.ts'
import type { Desired, Located, ResourceKey } from '../model/resource.ts'
import { placeOf } from '../pipeline/index-by-key.ts'
import type { Call } from '../ports/call.ts'

/** Desired resources from manifests. All that cannot be used are one `INVALID_MANIFEST`, each with its place. */
export function prepareByKey<Manifest>(
  { key, label }: { readonly key: (manifest: Manifest) => ResourceKey; readonly label?: (manifest: Manifest) => string },
  manifests: readonly Located<Manifest>[],
  call: Call,
): readonly Desired<Manifest>[] {
  const desired: Desired<Manifest>[] = []
  const problems: string[] = []
  for (const { manifest, origin } of manifests) {
    try {
      const name = key(manifest)
      if (typeof name !== 'string' || name === '') throw new TypeError(`expected a key, got ${JSON.stringify(name)}`)
      const digest = call.digest(canonicalJson(manifest))
      desired.push({ key: name, label: label?.(manifest) ?? name, manifest, digest, traits: {}, ...(origin && { origin }) })
    } catch (thrown) {
      problems.push(`${placeOf(origin)}: ${messageOf(thrown)}`)
    }
  }
  if (problems.length === 0) return desired
  throw new MooringError({
    code: 'INVALID_MANIFEST',
    kind: 'permanent',
    message: `Expected manifests with a key and plain JSON content: ${problems.join('; ')}`,
    hint: 'Correct these files. Nothing was applied.',
  })
}
