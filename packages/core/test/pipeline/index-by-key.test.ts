import { expect, test } from 'vitest'
import type { Desired, Origin } from '../../src/model/resource.ts'
import { indexByKey, placeOf } from '../../src/pipeline/index-by-key.ts'

const desired = (key: string, origin?: Origin): Desired<unknown> => ({
  key,
  label: `Thing ${key}`,
  manifest: {},
  digest: '1',
  traits: {},
  ...(origin && { origin }),
})

test('resources are found by their keys, in the order they came', () => {
  const [b, a] = [desired('b'), desired('a')]
  const index = indexByKey([b, a])
  expect([...index.keys()]).toEqual(['b', 'a'])
  expect(index.get('a')).toBe(a)
  expect(indexByKey([]).size).toBe(0)
})

test('all resources that come twice are one error, each with both its places', () => {
  const twice = () =>
    indexByKey([
      desired('a', { file: 'one.yaml', line: 3 }),
      desired('b', { file: 'one.yaml', line: 9, document: 2 }),
      desired('a', { file: 'two.yaml' }),
      desired('c'),
      desired('b'),
    ])
  expect(twice).toThrow(
    expect.objectContaining({
      code: 'DUPLICATE_RESOURCE',
      kind: 'permanent',
      message:
        'Expected one manifest for each resource, found several for Thing a (one.yaml:3 and two.yaml), ' +
        'Thing b (one.yaml:9 (document 2) and a manifest without a file)',
    }),
  )
})

test('a third of the same names the first again', () => {
  const thrice = ['1', '2', '3'].map((file) => desired('a', { file }))
  expect(() => indexByKey(thrice)).toThrow(/\(1 and 2\), Thing a \(1 and 3\)/)
})

test.each<readonly [Origin | undefined, string]>([
  [undefined, 'a manifest without a file'],
  [{ file: 'a.yaml' }, 'a.yaml'],
  [{ file: 'a.yaml', line: 12 }, 'a.yaml:12'],
  [{ file: 'a.yaml', document: 2 }, 'a.yaml (document 2)'],
  [{ file: 'a.yaml', line: 12, document: 2 }, 'a.yaml:12 (document 2)'],
])('the place of %j is %s', (origin, place) => {
  expect(placeOf(origin)).toBe(place)
})
