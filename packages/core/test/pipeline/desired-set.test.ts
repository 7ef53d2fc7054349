import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../src/digest/canonical-json.ts'
import { keyedDigest } from '../../src/digest/keyed-digest.ts'
import type { Desired } from '../../src/model/resource.ts'
import { rememberDesired } from '../../src/pipeline/desired-set.ts'
import { indexByKey } from '../../src/pipeline/index-by-key.ts'
import { applied, byKey, entry } from './scene.ts'

const digest = keyedDigest(new Uint8Array(32))
const desired = (key: string, over: Partial<Desired<unknown>> = {}): Desired<unknown> => ({
  key,
  label: `label of ${key}`,
  manifest: { secret: 'body' },
  digest: '1',
  traits: {},
  ...over,
})
const remember = (...resources: readonly Desired<unknown>[]) =>
  rememberDesired(indexByKey(resources), [], new Map(), digest)

describe('what is remembered of desired resources', () => {
  test('is all but the body', () => {
    const origin = { file: 'web.yaml' }
    const waiting = [{ label: 'w', reason: 'undefined' }]
    const index = indexByKey([desired('web', { traits: { wave: 1 }, origin }), desired('db')])
    const set = rememberDesired(index, waiting, new Map(), digest)
    expect([...set.records.values()]).toEqual([
      { key: 'web', label: 'label of web', digest: '1', traits: { wave: 1 }, origin },
      { key: 'db', label: 'label of db', digest: '1', traits: undefined, origin: undefined },
    ])
    expect(set.waiting).toBe(waiting)
    expect(JSON.stringify([...set.records])).not.toContain('body')
  })

  test('is the same whether the inventory knows the resource or not', () => {
    const index = indexByKey([desired('web'), desired('db', { digest: '2', label: 'new label' })])
    const inventory = byKey(entry(), entry({ owned: applied() }, 'db'))
    expect(rememberDesired(index, [], inventory, digest)).toEqual(
      rememberDesired(index, [], new Map(), digest),
    )
  })
})

describe('the digest of a desired state', () => {
  test('does not depend on the order in which resources come', () => {
    const resources = fc.uniqueArray(fc.record({ key: fc.string(), digest: fc.string() }), {
      selector: ({ key }) => key,
    })
    fc.assert(
      fc.property(resources, (made) => {
        const all = made.map(({ key, digest }) => desired(key, { digest }))
        expect(remember(...all.toReversed()).digest).toBe(remember(...all).digest)
      }),
    )
  })

  test('is another for another set of keys and digests, however they are spelt', () => {
    const set = fc.dictionary(
      fc.string({ unit: fc.constantFrom('a', ' ', '"', '\n', '\\') }),
      fc.constantFrom('1', '2'),
    )
    const digestOf = (made: Readonly<Record<string, string>>): string =>
      remember(...Object.entries(made).map(([key, digest]) => desired(key, { digest }))).digest
    fc.assert(
      fc.property(set, set, (one, other) => {
        const same = canonicalJson(one) === canonicalJson(other)
        expect(digestOf(one) === digestOf(other)).toBe(same)
      }),
    )
  })

  test('stays with other labels, traits and files', () => {
    const other = desired('web', { label: 'x', traits: { wave: 3 }, origin: { file: 'moved' } })
    expect(remember(other).digest).toBe(remember(desired('web')).digest)
  })
})
