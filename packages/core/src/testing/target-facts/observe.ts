import assert from 'node:assert/strict'
import { testCall } from '../test-call.ts'
import { deletionOf, updateTo } from './changes.ts'
import { assertUntouched, recordOf, type TargetFact } from './target-scene.ts'

/** What is seen of live resources. */
export const observeFacts: readonly TargetFact[] = [
  {
    name: 'leaves out what does not exist, and only that',
    async run({ target, call, create, desire, harness }) {
      const { desired: there } = await create(harness.manifests[0])
      const { key: missing } = await desire(harness.manifests[1])
      const seen = await target.observe([missing, there.key], call)
      assert.deepEqual([...seen.keys()], [there.key])
      assert.equal(seen.get(there.key)?.key, there.key)
    },
  },
  {
    name: 'finds exactly what exists among hundreds of keys',
    async run({ target, call, create, harness }) {
      const there: string[] = []
      for (const manifest of harness.manifests) there.push((await create(manifest)).desired.key)
      const [first = '', middle = '', last = ''] = there
      const { absent = (at: number) => `${first}-${at}` } = harness
      const missing = Array.from({ length: 300 }, (_, at) => absent(at))
      const asked = [first, ...missing.slice(0, 150), middle, ...missing.slice(150), last]
      const seen = await target.observe(asked, call)
      assert.deepEqual([...seen.keys()].sort(), there.sort())
    },
  },
  {
    name: 'sees what it applied, as apply answered it',
    async run({ target, call, create, harness }) {
      const { desired, observation } = await create(harness.manifests[0])
      const seen = (await target.observe([desired.key], call)).get(desired.key)
      assert.ok(seen, 'Expected the resource to be seen right after apply')
      const identity = ({ key, uid, fingerprint, owner }: typeof seen) => ({ key, uid, fingerprint, owner })
      assert.deepEqual(identity(seen), identity(observation))
    },
  },
  {
    name: 'sees its own updates and deletions at once',
    async run({ target, call, create, desire, expecting, applied, untilGone, harness }) {
      const { desired, observation } = await create(harness.manifests[0])
      await target.observe([desired.key], call)
      const changed = await desire(harness.changed(harness.manifests[0]))
      const updated = await applied(updateTo(changed, expecting(observation)))
      const seen = (await target.observe([desired.key], call)).get(desired.key)
      assert.equal(seen?.fingerprint, updated.fingerprint, 'Expected the update to be seen')
      const { observation: left } = await target.apply(deletionOf(changed, expecting(updated)), call)
      if (left !== undefined) await untilGone(desired.key)
      assert.equal((await target.observe([desired.key], call)).size, 0, 'Expected the deletion to be seen')
    },
  },
  {
    name: 'sees the same as long as nothing changes',
    async run({ create, mustSee, compare, harness }) {
      const { desired, observation } = await create(harness.manifests[0])
      const before = await mustSee(desired.key)
      assertUntouched(before, await mustSee(desired.key), 'Expected two looks at one state to be equal')
      assert.equal(compare(recordOf(desired, observation), before), 'same')
    },
  },
  {
    name: 'sees a resource alone the same as among others',
    async run({ target, call, create, mustSee, harness: { manifests, secret } }) {
      // What is sensitive is what lists leave out first.
      const all = secret === undefined ? manifests : [...manifests, secret.manifest]
      const keys: string[] = []
      for (const manifest of all) keys.push((await create(manifest)).desired.key)
      const alone = []
      for (const key of keys) alone.push(await mustSee(key))
      for (const fresh of [false, true]) {
        const seen = await target.observe(keys, { ...call, fresh })
        for (const one of alone) {
          assertUntouched(
            one,
            seen.get(one.key),
            `Expected ${one.key} among others to be seen as it is alone`,
          )
        }
      }
    },
  },
  {
    name: 'keeps seeing a resource the same while another manifest for it is prepared',
    async run({ create, desire, mustSee, harness: { manifests, changed } }) {
      // Both ways, because either manifest may set a field that the other does not.
      const pairs = [
        { applied: manifests[0], prepared: changed(manifests[0]) },
        { applied: changed(manifests[1]), prepared: manifests[1] },
      ]
      for (const { applied, prepared } of pairs) {
        const { key } = (await create(applied)).desired
        const before = await mustSee(key)
        await desire(prepared)
        assertUntouched(
          before,
          await mustSee(key),
          'Expected a prepared manifest to change nothing that is seen',
        )
      }
    },
  },
  {
    name: 'tells that somebody tampered with a resource',
    async run({ create, mustSee, compare, harness }) {
      const { desired, observation } = await create(harness.manifests[0])
      await harness.tamper(desired.key)
      const comparison = compare(recordOf(desired, observation), await mustSee(desired.key))
      assert.ok(['drift', 'verify'].includes(comparison), `Expected drift or verify, got ${comparison}`)
    },
  },
  {
    name: 'sees tampering by any look, where it declares that nothing it sees is old',
    unless: ({ target: { supports } }) =>
      supports.staleMs > 0 ? `supports.staleMs is ${supports.staleMs}` : undefined,
    async run({ target, call, create, compare, harness }) {
      const { desired, observation } = await create(harness.manifests[0])
      const { key } = desired
      const look = async () => (await target.observe([key], call)).get(key)
      await look()
      await harness.tamper(key)
      const seen = await look()
      assert.ok(seen, 'Expected the resource to be seen')
      const comparison = compare(recordOf(desired, observation), seen)
      assert.ok(['drift', 'verify'].includes(comparison), `Expected drift or verify, got ${comparison}`)
    },
  },
  {
    name: 'tells that a tampered resource is healed',
    async run({ create, mustSee, compare, expecting, applied, harness }) {
      const { desired, observation } = await create(harness.manifests[0])
      await harness.tamper(desired.key)
      const tampered = await mustSee(desired.key)
      const healed = await applied({ ...updateTo(desired, expecting(tampered)), reason: 'drift' })
      assert.equal(compare(recordOf(desired, observation), healed), 'same')
      assert.equal(compare(recordOf(desired, observation), await mustSee(desired.key)), 'same')
    },
  },
  {
    name: 'digests live content with the digest of the call',
    async run({ create, mustSee, harness }) {
      const { desired, observation } = await create(harness.manifests[0])
      if (observation.fingerprint === undefined) return
      const elsewhere = await mustSee(desired.key, testCall({ digestKey: 'another store' }))
      assert.notEqual(
        elsewhere.fingerprint,
        observation.fingerprint,
        'Expected another fingerprint under another key',
      )
    },
  },
  {
    name: 'gives each resource a health that people know',
    async run({ create, mustSee, harness }) {
      const { desired } = await create(harness.manifests[0])
      const { state } = (await mustSee(desired.key)).health
      assert.ok(healthStates.includes(state), `Expected one of ${healthStates.join()}, got ${state}`)
    },
  },
  {
    name: 'answers for a forgotten key when it is asked again',
    unless: ({ target }) => (target.forget === undefined ? 'the target has no forget' : undefined),
    async run({ target, create, desire, look, mustSee, harness }) {
      const { desired, observation } = await create(harness.manifests[0])
      const missing = await desire(harness.manifests[1])
      target.forget?.([desired.key, missing.key])
      assert.equal((await mustSee(desired.key)).fingerprint, observation.fingerprint)
      assert.equal(await look(missing.key), undefined)
    },
  },
]

const healthStates: readonly string[] = ['healthy', 'progressing', 'degraded', 'paused', 'unknown']
