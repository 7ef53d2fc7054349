import type { Observation, ResourceKey } from '../../../src/model/resource.ts'
import { testCall } from '../../../src/testing/index.ts'
import { answering, applying, faulty, seeing } from './faulty-target.ts'

export const brokenObserves = [
  faulty(
    'a batch that loses its last key',
    ['leaves out what does not exist, and only that', 'applies to several resources at once'],
    (target) => ({
      observe: (keys, call) => target.observe(keys.length > 1 ? keys.slice(0, -1) : keys, call),
    }),
  ),
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
    ['sees its own updates and deletions at once'],
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
    'a comparison that suspects everything',
    ['sees the same as long as nothing changes', 'tells that a tampered resource is healed'],
    () => ({ compare: () => 'verify' }),
  ),
  faulty('a comparison that suspects nothing', ['tells that somebody tampered with a resource'], () => ({
    compare: () => 'same',
  })),
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
