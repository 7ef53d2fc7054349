import { ownedFields } from '../../../src/adapter-parts/owned-fields.ts'
import { canonicalJson } from '../../../src/digest/canonical-json.ts'
import type { Observation, ResourceKey } from '../../../src/model/resource.ts'
import type { Call } from '../../../src/ports/call.ts'
import { type MemoryManifest, type MemoryTarget, testCall } from '../../../src/testing/index.ts'
import { answering, applying, faulty, seeing } from './faulty-target.ts'

const alone = 'sees a resource alone the same as among others'
const unprepared = 'keeps seeing a resource the same while another manifest for it is prepared'

/** Several resources are seen in a list, which tells otherwise of each than a look at it. */
const listing = (
  target: MemoryTarget,
  tell: (observation: Observation, call: Call) => Observation,
): Partial<MemoryTarget> => ({
  async observe(keys, call) {
    const seen = await target.observe(keys, call)
    return keys.length === 1 ? seen : new Map([...seen].map(([key, one]) => [key, tell(one, call)]))
  },
})

export const brokenObserves = [
  faulty('a list that abbreviates bodies', [alone], (target) =>
    listing(target, (one, { digest }) => ({ ...one, fingerprint: digest(canonicalJson({ id: one.key })) })),
  ),
  faulty('a list that leaves out what is sensitive', [alone], (target) =>
    listing(target, (one, { digest }) => {
      const { secret, ...listed } = target.live.get(one.key)?.manifest ?? { id: one.key }
      return secret === undefined ? one : { ...one, fingerprint: digest(canonicalJson(listed)) }
    }),
  ),
  faulty('a list without versions', [alone], (target) =>
    listing(target, ({ version: _version, ...one }) => one),
  ),
  faulty('a fresh look that is another list', [alone], (target) =>
    listing(target, (one, { fresh }: Call & { readonly fresh?: boolean }) =>
      fresh ? { ...one, fingerprint: `list:${one.fingerprint}` } : one,
    ),
  ),
  faulty('fingerprints of the fields that were prepared last', [unprepared], (target) => {
    const prepared = new Map<ResourceKey, MemoryManifest>()
    return {
      ...seeing(target, (one, { digest }) => {
        const owned = ownedFields(prepared.get(one.key), target.live.get(one.key)?.manifest)
        return { ...one, fingerprint: digest(canonicalJson(owned)) }
      }),
      async prepare(manifests, call) {
        const given = await target.prepare(manifests, call)
        for (const { key, manifest } of given.desired) prepared.set(key, manifest)
        return given
      },
    }
  }),
  faulty(
    'a batch that loses its last key',
    [
      'leaves out what does not exist, and only that',
      'finds exactly what exists among hundreds of keys',
      'applies to several resources at once',
      alone,
    ],
    (target) => ({
      observe: (keys, call) => target.observe(keys.length > 1 ? keys.slice(0, -1) : keys, call),
    }),
  ),
  faulty('the first page of a list', ['finds exactly what exists among hundreds of keys'], (target) => ({
    observe: (keys, call) => target.observe(keys.slice(0, 100), call),
  })),
  faulty(
    'an answer with the fingerprint of what was sent',
    [
      'sees what it applied, as apply answered it',
      'sees its own updates and deletions at once',
      'sees the same as long as nothing changes',
      'tells that a tampered resource is healed',
      'answers for a forgotten key when it is asked again',
      'replaces, so that what is desired is live',
    ],
    (target) => ({
      apply: async (change, call) =>
        answering(await target.apply(change, call), (one) => ({ ...one, fingerprint: `sent:${change.to}` })),
    }),
  ),
  faulty(
    'a cache that its own writes leave alone',
    [
      'sees tampering by any look, where it declares that nothing it sees is old',
      'sees its own updates and deletions at once',
    ],
    (target) => {
      const cache = new Map<ResourceKey, Observation>()
      return {
        async observe(keys, call) {
          call.signal.throwIfAborted()
          if (call.fresh) return target.observe(keys, call)
          for (const [key, observation] of await target.observe(keys, call)) {
            if (!cache.has(key)) cache.set(key, observation)
          }
          return new Map([...cache].filter(([key]) => keys.includes(key)))
        },
      }
    },
  ),
  faulty(
    'a cache that only a fresh look and its own writes clear',
    ['sees tampering by any look, where it declares that nothing it sees is old'],
    (target) => {
      const cache = new Map<ResourceKey, Observation | undefined>()
      return {
        async observe(keys, call) {
          const asked = keys.filter((key) => call.fresh || cache.get(key) === undefined)
          const seen = await target.observe(asked, call)
          for (const key of asked) cache.set(key, seen.get(key))
          const found = keys.flatMap((key) => cache.get(key) ?? [])
          return new Map(found.map((observation) => [observation.key, observation]))
        },
        apply: (change, call) => target.apply(change, call).finally(() => cache.delete(change.key)),
      }
    },
  ),
  faulty(
    'a comparison that suspects everything',
    ['sees the same as long as nothing changes', 'tells that a tampered resource is healed'],
    () => ({ compare: () => 'verify' }),
  ),
  faulty(
    'a comparison that suspects nothing',
    [
      'tells that somebody tampered with a resource',
      'sees tampering by any look, where it declares that nothing it sees is old',
    ],
    () => ({ compare: () => 'same' }),
  ),
  faulty('a heal that does nothing', ['tells that a tampered resource is healed'], (target) =>
    applying(target, 'update', async (change, call) => {
      if (change.reason !== 'drift') return target.apply(change, call)
      const observation = (await target.observe([change.key], call)).get(change.key)
      return { outcome: 'unchanged', ...(observation && { observation }) }
    }),
  ),
  faulty(
    'fingerprints without the key of the store',
    ['digests live content with the digest of the call'],
    (target) => ({
      observe: (keys, call) => target.observe(keys, { ...call, digest: testCall().digest }),
    }),
  ),
  faulty('a health of its own invention', ['gives each resource a health that people know'], (target) =>
    seeing(target, (observation) => ({ ...observation, health: { state: 'fine' as 'healthy' } })),
  ),
  faulty(
    'a forget that cannot be undone',
    ['answers for a forgotten key when it is asked again'],
    (target) => {
      const forgotten = new Set<ResourceKey>()
      return {
        forget: (keys) => keys.forEach((key) => void forgotten.add(key)),
        observe: (keys, call) =>
          target.observe(
            keys.filter((key) => !forgotten.has(key)),
            call,
          ),
      }
    },
  ),
]
