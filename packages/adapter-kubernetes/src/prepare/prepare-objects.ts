import {
  type Call,
  canonicalJson,
  type Desired,
  type Located,
  MooringError,
  type Prepared,
  placeOf,
  type Skipped,
  type Waiting,
} from '@mooring/core'
import type { ResourceType } from '../discovery/resource-type.ts'
import type { Ignoring } from '../ignore/ignore-rules.ts'
import { hookIn, saysHook } from '../objects/hook.ts'
import { keyOf, labelOf } from '../objects/key.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { isRecord } from '../objects/record.ts'
import { desiredTraitsOf } from '../objects/traits.ts'
import { type KindLookup, kindLookup } from './kind-lookup.ts'
import { normalise } from './normalise.ts'
import { shapeProblems } from './shape-problems.ts'
import { scopeProblems, sizeProblems } from './type-problems.ts'
import { withoutNulls } from './without-nulls.ts'

/** What preparing needs to know of the cluster; looked up before, so that preparing does no I/O. */
export interface PrepareInput {
  /** For namespaced objects that name none. Default: none, and such an object is an error. */
  readonly namespace?: string
  /** The type that the API server serves at this version. */
  readonly typeOf: (apiVersion: string, kind: string) => ResourceType | 'unknown'
  /** Writes into a manifest what of it is to be left alone. Default nothing. */
  readonly ignoring?: Ignoring
  readonly call: Call
}

/**
 * Desired resources from manifests, for `Target.prepare`: normalised, keyed, digested (without the owner mark), each with
 * what it asks for itself. Kinds of CustomResourceDefinitions among the manifests count as known; an object of a kind
 * that nobody defines waits. Nothing given is changed, and there is no I/O.
 *
 * All that cannot be used is one `INVALID_MANIFEST`. Two manifests for one object are found by the core.
 */
export function prepareObjects(
  manifests: readonly Located<KubernetesObject>[],
  input: PrepareInput,
): Prepared<KubernetesObject> {
  input.call.signal.throwIfAborted()
  // A manifest is what transforms made of what somebody wrote: nothing is known about its shape yet.
  const bodies = manifests.map(({ manifest }) => attempt(() => withoutNulls(manifest)))
  const lookUp = kindLookup(
    bodies.map(([body]) => body),
    input.typeOf,
  )
  const desired: Desired<KubernetesObject>[] = []
  const waiting: Waiting[] = []
  const skipped: Skipped[] = []
  const invalid: string[] = []
  for (const [at, { manifest, origin }] of manifests.entries()) {
    const [body, unreadable] = bodies[at] ?? [undefined, []]
    const outcome = unreadable.length > 0 ? { problems: unreadable } : prepareBody(body, lookUp, input)
    const place = origin === undefined ? {} : { origin }
    if ('desired' in outcome) desired.push({ ...outcome.desired, ...place })
    else if ('skip' in outcome) skipped.push({ label: labelFor(manifest), reason: outcome.skip, ...place })
    else if ('reason' in outcome)
      waiting.push({ label: labelFor(manifest), reason: outcome.reason, ...place })
    else invalid.push(`${placeOf(origin)}, ${labelFor(manifest)}: ${outcome.problems.join(', ')}`)
  }
  if (invalid.length > 0) throw invalidManifest(invalid)
  return { desired, waiting, ...(skipped.length > 0 && { skipped }) }
}

type Outcome =
  | { readonly desired: Desired<KubernetesObject> }
  | { readonly reason: string }
  | { readonly skip: string }
  | { readonly problems: readonly string[] }

function prepareBody(
  body: unknown,
  lookUp: KindLookup,
  { namespace, call, ignoring = same }: PrepareInput,
): Outcome {
  const named = withHookName(body)
  const broken = shapeProblems(named)
  if (broken.length > 0) return { problems: broken }
  const object = named as KubernetesObject
  const reading = hookIn(object, () => {})
  if (reading !== undefined && 'skip' in reading) return reading
  const found = lookUp(object)
  const normal = normalise(object, {
    namespaced: found.type?.namespaced !== false,
    namespace: found.type && namespace,
  })
  const manifest = ignoring(normal)
  const [traits, badTraits] = attempt(() => desiredTraitsOf(manifest))
  const [json, notJson] = attempt(() => canonicalJson(manifest))
  const problems = [
    ...badTraits,
    ...notJson,
    ...(json === undefined ? [] : sizeProblems(json)),
    ...(found.type === undefined ? [] : scopeProblems(manifest, found.type)),
  ]
  if (traits === undefined || json === undefined || problems.length > 0) return { problems }
  if (found.type === undefined) return { reason: found.reason }
  const digest = call.digest(json)
  return { desired: { key: keyOf(manifest), label: labelFor(manifest), manifest, digest, traits } }
}

const same: Ignoring = (manifest) => manifest

/** A hook gets a name for each operation anyway: what is written for generateName becomes the beginning of it. */
function withHookName(body: unknown): unknown {
  if (!isRecord(body) || !isRecord(body.metadata)) return body
  const { generateName, ...metadata } = body.metadata
  const isNameless = metadata.name === undefined || metadata.name === ''
  if (!isNameless || typeof generateName !== 'string' || !saysHook(body as unknown as KubernetesObject))
    return body
  return { ...body, metadata: { ...metadata, name: generateName.replace(/[-.]+$/, '') } }
}

/** What a function gives, or what it throws as problem. */
function attempt<T>(run: () => T): readonly [T | undefined, readonly string[]] {
  try {
    return [run(), []]
  } catch (thrown) {
    return [undefined, [thrown instanceof RangeError ? 'nested too deep' : (thrown as Error).message]]
  }
}

/** For people, also for what is hardly an object. */
function labelFor(body: unknown): string {
  const { kind, metadata }: Readonly<Record<string, unknown>> = isRecord(body) ? body : {}
  const { namespace, name }: Readonly<Record<string, unknown>> = isRecord(metadata) ? metadata : {}
  return labelOf({
    kind: typeof kind === 'string' && kind !== '' ? kind : 'object without a kind',
    namespace: typeof namespace === 'string' ? namespace : '',
    name: typeof name === 'string' && name !== '' ? name : 'without a name',
  })
}

const invalidManifest = (problems: readonly string[]): MooringError =>
  new MooringError({
    code: 'INVALID_MANIFEST',
    kind: 'permanent',
    message: `Expected objects that an API server can keep: ${problems.join('; ')}`,
    hint: 'Correct these files. Nothing was applied.',
  })
