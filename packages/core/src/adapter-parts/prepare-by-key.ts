import { canonicalJson } from '../digest/canonical-json.ts'
import { messageOf } from '../errors/classify.ts'
import { MooringError } from '../errors/mooring-error.ts'
import type { Desired, Located, ResourceKey, Traits } from '../model/resource.ts'
import { placeOf } from '../pipeline/index-by-key.ts'
import type { Call } from '../ports/call.ts'
import type { Prepared } from '../ports/target.ts'

/** How manifests are named. */
export interface Naming<Manifest> {
  /** The stable name of a resource, known before it exists. What it throws becomes part of the error, with the file. */
  readonly key: (manifest: Manifest) => ResourceKey
  /** For people. Default: the key. */
  readonly label?: (manifest: Manifest) => string
  /** What a resource asks for itself: wave, depends-on, never to be pruned. Default: nothing. */
  readonly traits?: (manifest: Manifest) => Traits
}

/**
 * What `Target.prepare` owes: desired resources from manifests, keyed, digested, each with its place. All that cannot be
 * used are one `INVALID_MANIFEST`.
 */
export function prepareByKey<Manifest>(
  { key, label, traits }: Naming<Manifest>,
  manifests: readonly Located<Manifest>[],
  call: Call,
): Prepared<Manifest> {
  call.signal.throwIfAborted()
  const desired: Desired<Manifest>[] = []
  const problems: string[] = []
  for (const { manifest, origin } of manifests) {
    try {
      const name = key(manifest)
      if (typeof name !== 'string' || name === '') {
        throw new TypeError(`expected a key, got ${name === '' ? 'an empty text' : typeof name}`)
      }
      const digest = call.digest(canonicalJson(manifest))
      const named = { key: name, label: label?.(manifest) ?? name }
      const asked = traits?.(manifest) ?? {}
      desired.push({ ...named, manifest, digest, traits: asked, ...(origin && { origin }) })
    } catch (thrown) {
      problems.push(`${placeOf(origin)}: ${messageOf(thrown)}`)
    }
  }
  if (problems.length === 0) return { desired, waiting: [] }
  throw new MooringError({
    code: 'INVALID_MANIFEST',
    kind: 'permanent',
    message: `Expected manifests with a key and plain JSON content: ${problems.join('; ')}`,
    hint: 'Correct these files. Nothing was applied.',
  })
}
