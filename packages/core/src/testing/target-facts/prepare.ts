import assert from 'node:assert/strict'
import { rejection } from '../expectations.ts'
import { testCall } from '../test-call.ts'
import type { TargetFact } from './target-scene.ts'

/** From manifests to desired resources. */
export const prepareFacts: readonly TargetFact[] = [
  {
    name: 'gives equal manifests equal keys, labels and digests',
    async run({ desire, harness }) {
      const [one, other] = [
        await desire(harness.manifests[0]),
        await desire(structuredClone(harness.manifests[0])),
      ]
      assert.ok(one.key.length > 0 && one.label.length > 0, 'Expected a key and a label')
      assert.deepEqual([other.key, other.label, other.digest], [one.key, one.label, one.digest])
    },
  },
  {
    name: 'gives different resources different keys',
    async run({ target, call, harness }) {
      const { desired } = await target.prepare(
        harness.manifests.map((manifest) => ({ manifest })),
        call,
      )
      assert.equal(new Set(desired.map(({ key }) => key)).size, 3, 'Expected three keys for three resources')
    },
  },
  {
    name: 'keeps the key when the content changes',
    async run({ desire, harness }) {
      const before = await desire(harness.manifests[0])
      assert.equal((await desire(harness.changed(harness.manifests[0]))).key, before.key)
    },
  },
  {
    name: 'gives other content another digest',
    async run({ desire, harness }) {
      const before = await desire(harness.manifests[0])
      assert.notEqual((await desire(harness.changed(harness.manifests[0]))).digest, before.digest)
    },
  },
  {
    name: 'digests manifests with the digest of the call',
    async run({ desire, harness }) {
      const before = await desire(harness.manifests[0])
      const elsewhere = await desire(harness.manifests[0], testCall({ digestKey: 'another store' }))
      assert.notEqual(elsewhere.digest, before.digest, 'Expected another digest under another key')
      assert.equal(elsewhere.key, before.key, 'Expected the key not to hang on the digest')
    },
  },
  {
    name: 'keeps the place each manifest came from',
    async run({ target, call, harness }) {
      const files = new Map<string, string | undefined>()
      for (const [at, manifest] of harness.manifests.entries()) {
        const { desired } = await target.prepare([{ manifest, origin: { file: `${at}.yaml` } }], call)
        files.set(`${at}.yaml`, desired[0]?.origin?.file)
      }
      for (const [given, kept] of files) assert.equal(kept, given)
    },
  },
  {
    name: 'prepares without effect',
    async run({ desire, look, harness }) {
      for (const manifest of harness.manifests) {
        const { key } = await desire(manifest)
        assert.equal(await look(key), undefined, `Expected ${key} not to exist before it is applied`)
      }
    },
  },
  {
    name: 'reports every invalid manifest at once, with its file',
    unless: ({ harness }) =>
      harness.invalid === undefined ? 'the harness knows no invalid manifest' : undefined,
    async run({ target, call, harness }) {
      const invalid = (harness.invalid ?? []).map((manifest, at) => ({
        manifest,
        origin: { file: `wrong-${at}.yaml` },
      }))
      const all = [{ manifest: harness.manifests[0], origin: { file: 'right.yaml' } }, ...invalid]
      const { kind, message } = await rejection(target.prepare(all, call), 'prepare of invalid manifests')
      assert.equal(kind, 'permanent', 'Expected an error that a commit must mend')
      for (const { origin } of invalid)
        assert.ok(message.includes(origin.file), `Expected ${origin.file} in: ${message}`)
      assert.ok(!message.includes('right.yaml'), `Expected nothing about right.yaml in: ${message}`)
    },
  },
]
