import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../src/digest/canonical-json.ts'

describe('canonical JSON', () => {
  test.each<readonly [unknown, string]>([
    [null, 'null'],
    [true, 'true'],
    ['', '""'],
    ['a"b\n\u2028\ud800', JSON.stringify('a"b\n\u2028\ud800')],
    [0, '0'],
    [-0, '0'],
    [1e21, '1e+21'],
    [0.1, '0.1'],
    [[], '[]'],
    [[1, [2]], '[1,[2]]'],
    [[undefined, 1], '[null,1]'],
    [{}, '{}'],
    [{ b: 1, a: [{ d: 1, c: 2 }] }, '{"a":[{"c":2,"d":1}],"b":1}'],
    [{ a: undefined, b: 1 }, '{"b":1}'],
    [{ 10: 1, 9: 2, a: 3 }, '{"10":1,"9":2,"a":3}'],
    [JSON.parse('{"__proto__":1,"constructor":2}'), '{"__proto__":1,"constructor":2}'],
    [Object.assign(Object.create(null), { b: 1, a: 2 }), '{"a":2,"b":1}'],
    // What JSON.stringify knows to write is written the same.
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [{ at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
    [{ toJSON: 'no function' }, '{"toJSON":"no function"}'],
  ])('of %j is %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text)
  })

  test('of a list with holes has nulls in their place', () => {
    const holed: unknown[] = []
    holed[2] = 1
    expect(canonicalJson(holed)).toBe('[null,null,1]')
  })

  test.each([
    ['undefined', undefined],
    ['not a number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a big integer', 1n],
    ['a symbol', Symbol('x')],
    ['a function', () => 1],
    ['a map', new Map([['a', 1]])],
    ['a set', new Set([1])],
    ['bytes', new Uint8Array([1])],
    ['an error', new Error('x')],
    ['a regular expression', /x/],
    ['a promise', Promise.resolve(1)],
  ])('of %s is refused, at the top and below', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError)
    expect(() => canonicalJson([value === undefined ? Symbol('x') : value])).toThrow(TypeError)
    expect(() => canonicalJson({ a: { b: value === undefined ? Symbol('x') : value } })).toThrow(TypeError)
  })

  test('says what it got instead', () => {
    expect(() => canonicalJson({ a: new Map() })).toThrow('Expected plain JSON, got [object Map]')
    expect(() => canonicalJson([Number.NaN])).toThrow('Expected plain JSON, got NaN')
    expect(() => canonicalJson(1n)).toThrow('Expected plain JSON, got bigint')
  })
})

/** The same value with the fields of every object in another order. */
const reordered = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reordered)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, field]) => [name, reordered(field)]),
  )
}

// Few names and values, so that equal and nearly equal values are common.
const { dense } = fc.letrec<{ dense: unknown }>((tie) => ({
  dense: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(null, true, false, 0, 1, '', '0', 'a', 'null', '[]', '{}'),
    fc.array(tie('dense'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('', 'a', 'b', '0'), tie('dense'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
}))

describe('for any JSON', () => {
  test('the order of fields makes no difference', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(reordered(value))).toBe(canonicalJson(value))
      }),
    )
  })

  test('it reads back as the value it was made of', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        // JSON knows no negative zero.
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test('two values have the same text exactly where they are equal', () => {
    fc.assert(
      fc.property(dense, dense, (one, other) => {
        let same = true
        try {
          expect(one).toStrictEqual(other)
        } catch {
          same = false
        }
        expect(canonicalJson(one) === canonicalJson(other)).toBe(same)
      }),
      { numRuns: 500 },
    )
  })
})
