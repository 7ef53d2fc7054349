import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../src/model/json.ts'
import { diffOf, type PatchStep } from '../../src/pipeline/resource-diff.ts'
import { change } from './scene.ts'

const stepsOf = (before: Json | undefined, after: Json | undefined): readonly PatchStep[] =>
  diffOf(change(), {
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  }).steps

describe('what a change does', () => {
  test.each<readonly [string, Json | undefined, Json | undefined, readonly PatchStep[]]>([
    ['nothing to nothing', undefined, undefined, []],
    ['nothing to equal trees', { a: { b: [1] } }, { a: { b: [1] } }, []],
    ['a first tree is one whole step', undefined, { a: 1 }, [{ op: 'add', path: '', after: { a: 1 } }]],
    [
      'the last of a tree is one whole step',
      { a: 1 },
      undefined,
      [{ op: 'remove', path: '', before: { a: 1 } }],
    ],
    [
      'a text for a tree is one whole step',
      { a: 1 },
      'x',
      [{ op: 'replace', path: '', before: { a: 1 }, after: 'x' }],
    ],
    [
      'one text for another is one whole step',
      'x',
      'y',
      [{ op: 'replace', path: '', before: 'x', after: 'y' }],
    ],
    [
      'a list for an object is one whole step',
      { a: 1 },
      [1],
      [{ op: 'replace', path: '', before: { a: 1 }, after: [1] }],
    ],
    [
      'an object for a list is one whole step',
      [1],
      { a: 1 },
      [{ op: 'replace', path: '', before: [1], after: { a: 1 } }],
    ],
    [
      'a field that changes tells both values',
      { spec: { cpu: 1, mem: 2 } },
      { spec: { cpu: 2, mem: 2 } },
      [{ op: 'replace', path: '/spec/cpu', before: 1, after: 2 }],
    ],
    [
      'a field that comes tells its value',
      { a: 1 },
      { a: 1, b: null },
      [{ op: 'add', path: '/b', after: null }],
    ],
    [
      'a field that goes tells what it was, even where that was null',
      { a: 1, b: null },
      { a: 1 },
      [{ op: 'remove', path: '/b', before: null }],
    ],
    [
      'a field of another kind is replaced whole',
      { a: [1] },
      { a: { b: 1 } },
      [{ op: 'replace', path: '/a', before: [1], after: { b: 1 } }],
    ],
    [
      'slashes and tildes in names are escaped as RFC 6901 says',
      { 'a/b~c': 1, '': 1 },
      { 'a/b~c': 2, '': 2 },
      [
        { op: 'replace', path: '/', before: 1, after: 2 },
        { op: 'replace', path: '/a~1b~0c', before: 1, after: 2 },
      ],
    ],
    [
      'items are told by place',
      { list: ['a', 'b'] },
      { list: ['a', 'c', 'd'] },
      [
        { op: 'replace', path: '/list/1', before: 'b', after: 'c' },
        { op: 'add', path: '/list/2', after: 'd' },
      ],
    ],
  ])('%s', (_, before, after, steps) => {
    const byPath = (a: PatchStep, b: PatchStep) => (a.path < b.path ? -1 : 1)
    expect(stepsOf(before, after).toSorted(byPath)).toEqual(steps.toSorted(byPath))
  })

  test('belongs to the key of the change', () => {
    expect(diffOf(change({ key: 'web' }), {}).key).toBe('web')
  })

  test.each(['__proto__', 'constructor', 'prototype', 'toString'])(
    'to a field named %s is told like any other',
    (name) => {
      const tree = (value: number): Json =>
        JSON.parse(`{ ${JSON.stringify(name)}: { "prototype": ${value} } }`)
      expect(stepsOf(tree(1), tree(2))).toEqual([
        { op: 'replace', path: `/${name}/prototype`, before: 1, after: 2 },
      ])
      expect(stepsOf(tree(1), {})).toEqual([{ op: 'remove', path: `/${name}`, before: { prototype: 1 } }])
      expect(stepsOf({}, tree(1))).toEqual([{ op: 'add', path: `/${name}`, after: { prototype: 1 } }])
    },
  )
})

/** Carries out the steps, each of them upon what the one before left. */
function patched(before: Json, steps: readonly PatchStep[]): Json {
  let root: unknown = structuredClone(before)
  for (const { op, path, after } of steps) {
    if (path === '') {
      root = after
      continue
    }
    const names = path
      .slice(1)
      .split('/')
      .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
    const last = names.pop() as string
    const parent = names.reduce((at, name) => (at as Record<string, unknown>)[name], root)
    if (Array.isArray(parent))
      parent.splice(Number(last), op === 'add' ? 0 : 1, ...(op === 'remove' ? [] : [after]))
    else if (op === 'remove') delete (parent as Record<string, unknown>)[last]
    else (parent as Record<string, unknown>)[last] = structuredClone(after)
  }
  return root as Json
}

test('the steps of any change, put upon what was before, give what is after', () => {
  const { json } = fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom<Json>(null, true, 0, 1, 'a', 'b'),
      fc.array(tie('json'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'a/b', 'c~d', ''), tie('json')),
    ),
  }))
  const tree = fc.dictionary(fc.constantFrom('a', 'b', 'c'), json)
  fc.assert(
    fc.property(tree, tree, (before, after) => {
      expect(patched(before, stepsOf(before, after))).toEqual(after)
    }),
  )
})
