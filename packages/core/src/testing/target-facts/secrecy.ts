import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../digest/canonical-json.ts'
import type { Json } from '../../model/json.ts'
import type { Call } from '../../ports/call.ts'
import { assertWithout, thrownText } from '../expectations.ts'
import { testCall } from '../test-call.ts'
import { creationOf, deletionOf } from './changes.ts'
import type { TargetFact, TargetScene } from './target-scene.ts'

const noSecret: TargetFact['unless'] = ({ harness }) =>
  harness.secret === undefined ? 'the harness knows no manifest with a sensitive value' : undefined

/** What is sensitive stays in the target. Plans and records are kept where more people read. */
export const secrecyFacts: readonly TargetFact[] = [
  {
    name: 'keeps sensitive values out of what plans, records and errors hold',
    unless: noSecret,
    async run({ target, call, create, harness: { secret } }) {
      if (secret === undefined) return
      const { desired, observation } = await create(secret.manifest)
      const { manifest: _manifest, ...planned } = desired
      assertWithout(secret.value, [planned, observation], 'a plan or a record')
      assertWithout(secret.value, await thrownText(target.apply(creationOf(desired), call)), 'an error')
    },
  },
  {
    name: 'keeps digests without a key out of what plans and records hold',
    unless: noSecret,
    async run({ create, mustSee, harness: { secret } }) {
      if (secret === undefined) return
      const { desired, observation } = await create(secret.manifest)
      const { manifest, ...planned } = desired
      const held = [planned, observation, await mustSee(desired.key)]
      const texts = [
        secret.value,
        ...[secret.manifest, manifest].flatMap((one) => textsOf(one, secret.value)),
      ]
      for (const digest of texts.flatMap(plainDigests)) {
        assertWithout(digest, held, 'a plan or a record, not even a digest that guesses can be compared with')
      }
    },
  },
  {
    name: 'gives versions and memos that cannot be made from content without the key of the store',
    unless: noSecret,
    async run(scene) {
      const { secret, changed } = scene.harness
      if (secret === undefined) return
      const once = await digestsKept(scene, secret.manifest, scene.call)
      const underAnotherKey = await digestsKept(
        scene,
        secret.manifest,
        testCall({ digestKey: 'another store' }),
      )
      const ofOtherContent = await digestsKept(scene, changed(secret.manifest), scene.call)
      for (const text of once) {
        assert.ok(
          !underAnotherKey.has(text) || ofOtherContent.has(text),
          `Expected ${text} to hang on the digest of the call, but it hangs on content alone`,
        )
      }
    },
  },
]

/** Every text in the manifest that holds the sensitive value, and every part of it as JSON. */
function textsOf(manifest: unknown, sensitive: string): readonly string[] {
  const escaped = JSON.stringify(sensitive).slice(1, -1)
  const textsIn = (part: Json): readonly string[] => {
    const json = JSON.stringify(part)
    if (!json.includes(escaped)) return []
    if (typeof part !== 'object' || part === null) return [String(part), json]
    return [json, canonicalJson(part), ...Object.values(part).flatMap(textsIn)]
  }
  return textsIn(JSON.parse(JSON.stringify(manifest)))
}

/** What an adapter would make of a text that does not ask the call for a digest. */
function plainDigests(text: string): readonly string[] {
  return ['sha256', 'sha1', 'md5'].flatMap((algorithm) => {
    const digest = createHash(algorithm).update(text).digest()
    const base64url = digest.toString('base64url')
    return [digest.toString('hex'), base64url, base64url.replaceAll('-', '+').replaceAll('_', '/')]
  })
}

/** What looks like a digest in the version and the memo of the resource, which is gone again afterwards. */
async function digestsKept(scene: TargetScene, manifest: unknown, call: Call): Promise<ReadonlySet<string>> {
  const { target, create, mustSee, expecting, untilGone } = scene
  const { desired, observation } = await create(manifest, call)
  const seen = await mustSee(desired.key, call)
  await target.apply(deletionOf(desired, expecting(seen)), call)
  await untilGone(desired.key)
  const kept = [observation, seen].map(({ version, memo }) => `${version} ${memo}`).join(' ')
  const runs = [/[0-9a-f]{12,}/gi, /[A-Za-z0-9+/]{20,}/g, /[A-Za-z0-9_-]{20,}/g]
  const texts = runs.flatMap((run) => kept.match(run) ?? [])
  // A time is digits alone, a name is letters.
  return new Set(texts.filter((text) => /\d/.test(text) && /[A-Za-z]/.test(text)))
}
