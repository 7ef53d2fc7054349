import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import type { TargetFact } from './target-scene.ts'

const noOrder: TargetFact['unless'] = ({ target }) =>
  target.order === undefined ? 'the target has no order' : undefined

/** What the target says of itself. */
export const identityFacts: readonly TargetFact[] = [
  {
    name: 'has one identity, whenever it is asked',
    async run({ target, call, create, harness }) {
      const before = await target.identity(call)
      await create(harness.manifests[0])
      assert.ok(before.length > 0, 'Expected an identity, got an empty text')
      assert.equal(await target.identity(call), before)
    },
  },
  {
    name: 'declares what it supports',
    async run({ target: { name, supports } }) {
      assert.ok(name.length > 0, 'Expected a name, got an empty text')
      for (const capability of ['marks', 'uids', 'versions', 'atomic'] as const) {
        assert.equal(
          typeof supports[capability],
          'boolean',
          `Expected supports.${capability} to be true or false`,
        )
      }
      const { staleMs } = supports
      assert.ok(
        Number.isFinite(staleMs) && staleMs >= 0,
        `Expected supports.staleMs in milliseconds, got ${staleMs}`,
      )
    },
  },
  {
    name: 'says of every key what it is and where, and says the same again',
    unless: ({ target }) => (target.placeOf === undefined ? 'the target places no keys' : undefined),
    async run({ target, create, harness }) {
      for (const manifest of harness.manifests.slice(0, 2)) {
        const { desired } = await create(manifest)
        const placed = target.placeOf?.(desired.key)
        assert.ok(typeof placed?.kind === 'string' && placed.kind !== '', 'Expected a kind')
        assert.ok(
          placed.namespace === undefined || typeof placed.namespace === 'string',
          'Expected a namespace as text, or none',
        )
        assert.deepEqual(target.placeOf?.(desired.key), placed)
      }
    },
  },
  {
    name: 'gives equal facts an equal digest',
    unless: ({ target }) => (target.facts === undefined ? 'the target has no facts' : undefined),
    async run({ target, call }) {
      const [one, other] = [await target.facts?.(call), await target.facts?.(call)]
      assert.ok(one?.digest && other?.digest, 'Expected facts with a digest')
      const { digest, ...facts } = one
      const { digest: otherDigest, ...otherFacts } = other
      assert.equal(
        isDeepStrictEqual(facts, otherFacts),
        digest === otherDigest,
        'Expected the digest to tell',
      )
    },
  },
  {
    name: 'orders only resources it was given, and equally each time',
    unless: noOrder,
    async run({ target, harness, desire }) {
      const resources = await Promise.all(harness.manifests.map((manifest) => desire(manifest)))
      const keys = new Set(resources.map(({ key }) => key))
      const dependencies = target.order?.(resources) ?? []
      for (const { before, after } of dependencies) {
        assert.ok(keys.has(before) && keys.has(after), `Expected known keys, got ${before} before ${after}`)
        assert.notEqual(before, after, `Expected ${before} not to wait for itself`)
      }
      assert.deepEqual(target.order?.(resources), dependencies)
    },
  },
  {
    name: 'orders without a circle',
    unless: noOrder,
    async run({ target, harness, desire }) {
      const resources = await Promise.all(harness.manifests.map((manifest) => desire(manifest)))
      let left = target.order?.(resources) ?? []
      // Takes away whatever waits for nothing, until nothing is left or everything waits.
      while (left.length > 0) {
        const waiting = new Set(left.map(({ after }) => after))
        const next = left.filter(({ before }) => waiting.has(before))
        assert.notEqual(next.length, left.length, `Expected no circle among ${[...waiting].join()}`)
        left = next
      }
    },
  },
  {
    name: 'is disposed as often as asked',
    async run({ target }) {
      await target[Symbol.asyncDispose]()
      await target[Symbol.asyncDispose]()
    },
  },
]
