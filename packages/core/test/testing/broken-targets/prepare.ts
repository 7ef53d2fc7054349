import type { Desired } from '../../../src/model/resource.ts'
import { type MemoryManifest, type MemoryTarget, testCall } from '../../../src/testing/index.ts'
import { faulty } from './faulty-target.ts'

/** What prepare gives, given otherwise. */
function desiring(
  target: MemoryTarget,
  desire: (
    desired: Desired<MemoryManifest>,
    all: readonly Desired<MemoryManifest>[],
  ) => Desired<MemoryManifest>,
): Pick<MemoryTarget, 'prepare'> {
  return {
    async prepare(manifests, call) {
      const { desired, waiting } = await target.prepare(manifests, call)
      return { desired: desired.map((one) => desire(one, desired)), waiting }
    },
  }
}

export const brokenPrepares = [
  faulty(
    'a digest made anew each time',
    [
      'gives equal manifests equal keys, labels and digests',
      'makes of a hook another instance for each operation, and the same for the same',
    ],
    (target) => {
      let prepared = 0
      return desiring(target, (desired) => ({ ...desired, digest: `${desired.digest}${++prepared}` }))
    },
  ),
  faulty('one key for everything in a set', ['gives different resources different keys'], (target) =>
    desiring(target, (desired, all) => ({ ...desired, key: all[0]?.key ?? desired.key })),
  ),
  faulty(
    'a key that hangs on the content',
    ['keeps the key when the content changes', 'refuses to create what exists, and leaves it alone'],
    (target) =>
      desiring(target, (desired) =>
        target.live.list().length === 0 && desired.key === 'shop' && desired.manifest.size === 2
          ? { ...desired, key: `${desired.key}-2` }
          : desired,
      ),
  ),
  faulty('a digest of the key alone', ['gives other content another digest'], (target) => ({
    async prepare(manifests, call) {
      const { desired, waiting } = await target.prepare(manifests, call)
      return { desired: desired.map((one) => ({ ...one, digest: call.digest(one.key) })), waiting }
    },
  })),
  faulty(
    'a digest without the key of the store',
    ['digests manifests with the digest of the call'],
    (target) => ({
      prepare: (manifests, call) => target.prepare(manifests, { ...call, digest: testCall().digest }),
    }),
  ),
  faulty('no origins', ['keeps the place each manifest came from'], (target) =>
    desiring(target, ({ origin: _origin, ...desired }) => desired),
  ),
  faulty(
    'a prepare that makes placeholders',
    [
      'finds exactly what exists among hundreds of keys',
      'prepares without effect',
      'applies to several resources at once',
      'sees a resource alone the same as among others',
    ],
    (target) =>
      desiring(target, (desired) => {
        if (desired.key === 'shop/db') target.live.put({ id: desired.key })
        return desired
      }),
  ),
  faulty(
    'a prepare that stops at the first error',
    ['reports every invalid manifest at once, with its file'],
    (target) => ({
      async prepare(manifests, call) {
        const prepared = []
        for (const manifest of manifests) prepared.push(await target.prepare([manifest], call))
        return {
          desired: prepared.flatMap((one) => one.desired),
          waiting: prepared.flatMap((one) => one.waiting),
        }
      },
    }),
  ),
  faulty(
    'a label with the whole manifest',
    ['keeps sensitive values out of what plans, records and errors hold'],
    (target) => desiring(target, (desired) => ({ ...desired, label: JSON.stringify(desired.manifest) })),
  ),
]
