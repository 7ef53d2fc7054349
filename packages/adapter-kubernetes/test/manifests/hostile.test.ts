import { isMooringError } from '@mooring/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { failureIn, failureOf, head, render, renderOne } from './render.ts'

const secret = 's3cret-value'

test.each([
  ['UTF-16 with a mark', Buffer.from(`\ufeff${head}`, 'utf16le'), 'UTF-16'],
  ['UTF-16 without a mark', Buffer.from(head, 'utf16le'), 'UTF-16'],
  [
    'bytes that are no UTF-8',
    Buffer.from(`${head}\ufffd: \xff`, 'latin1'),
    'a.yaml:5: bytes that are no UTF-8',
  ],
  ['a control character', `${head}value: "\u0001"\n`, 'a.yaml:5: a control character (U+0001)'],
  ['a NUL', `${head}value: \0\n`, 'a.yaml:5: a control character (U+0000)'],
  ['lines ended by a carriage return alone', head.replaceAll('\n', '\r'), 'a carriage return'],
  ['a byte order mark in the text', `${head}value: \ufeff\n`, 'a byte order mark'],
  ['indentation by tabs', `${head}value:\n\ta: 1\n`, 'a.yaml:6'],
  ['a field twice', `${head}value: {a: 1, b: 2, a: 3}\n`, 'a.yaml:5 (document 1): a field that stands twice'],
  ['a field twice, once in quotes', `${head}value: {1: 1, "1": 2}\n`, 'stands twice'],
  ['a __proto__ field', `${head}value: {__proto__: {polluted: true}}\n`, '__proto__'],
  ['an infinity', `${head}value: .inf\n`, 'an infinity or NaN'],
  ['no number', `${head}value: .nan\n`, 'an infinity or NaN'],
  ['an integer that would be rounded', `${head}value: 9007199254740993\n`, 'more digits'],
  ['half a character', `${head}value: "\\ud800"\n`, 'lone surrogate'],
  ['an unknown tag', `${head}value: !vault ${secret}\n`, 'a tag that Kubernetes does not know'],
  ['an unknown alias', `${head}value: *${secret}\n`, 'an alias for which there is no anchor'],
  ['an alias inside of itself', `${head}value: &a [*a]\n`, 'an alias inside of the value'],
  ['a merge behind a field that it sets', `${head}b: &b {a: 1}\nvalue:\n  a: 2\n  <<: *b\n`, 'a.yaml:8'],
  ['a merge of no mapping', `${head}value: {<<: 1}\n`, 'without a mapping to merge'],
  ['an open quote', `${head}value: "${secret}\n`, 'a missing character'],
  ['an escape nobody knows', `${head}value: "${secret}\\q"\n`, 'an escape sequence'],
  ['a nested value on one line', `${head}value: ${secret}: b: c\n`, 'a nested mapping on one line'],
  ['text behind a value', `${head}value: "a" ${secret}\n`, 'a.yaml:5'],
])('refuses %s, and says where', async (_, content, says) => {
  const failure = await failureIn(content)
  expect(failure).toMatchObject({ code: 'MALFORMED_MANIFEST', kind: 'permanent' })
  expect(failure.message).toContain(says)
  expect(failure.message).not.toContain(secret)
})

test.each([
  ['a field twice', '{\n"a": 1,\n"a": 2}', 'a.json:3 (document 1): a field that stands twice'],
  ['a __proto__ field', '{"__proto__": {}}', '__proto__'],
  ['a comma too many', '{"a": 1,}', 'no field name'],
  ['a comma too few', '{"a": 1 "b": 2}', 'no comma or }'],
  ['an open text', `{"a": "${secret}`, 'a text without an end'],
  ['a line break in a text', `{"a": "${secret}\n"}`, 'a text with a line break'],
  ['a bad escape', `{"a": "${secret}\\x"}`, 'an escape that JSON does not know'],
  ['half a character', '{"a": "\\ud800"}', 'lone surrogate'],
  ['a number nobody can hold', '{"a": 1e400}', 'a number too large'],
  ['an integer that would be rounded', '{"a": 9007199254740993}', 'more digits'],
  ['a leading zero', '{"a": 0644}', 'no comma'],
  ['a comment', '# no\n{}', 'no JSON value'],
  ['YAML', 'a: 1', 'no JSON value'],
])('refuses JSON with %s, and says where', async (_, content, says) => {
  const failure = await failureIn(content, 'a.json')
  expect(failure).toMatchObject({ code: 'MALFORMED_MANIFEST', kind: 'permanent' })
  expect(failure.message).toContain(says)
  expect(failure.message).not.toContain(secret)
})

const bomb = 'bcdefghi'.split('').map((name, n) => `${name}: &${name} [${`*${'abcdefgh'[n]},`.repeat(9)}]\n`)
const chain = Array.from({ length: 20 }, (_, n) => {
  const inner = n === 0 ? 'x' : `*a${n - 1}`
  return `a${n}: &a${n} ${'['.repeat(30)}${inner}${']'.repeat(30)}\n`
})

test.each([
  ['aliases that stand for billions', `${head}a: &a [x]\n${bomb.join('')}`, 'a.yaml'],
  ['aliases of a long text', `${head}a: &a ${'x'.repeat(1_000_000)}\nb: [${'*a,'.repeat(20)}]\n`, 'a.yaml'],
  ['aliases nested in aliases', head + chain.join(''), 'a.yaml'],
  [
    'merges that stand for too much',
    `${head}a: &a {${Array.from({ length: 999 }, (_, n) => `k${n}: ${n}`).join()}}\nb:\n${'- {<<: *a}\n'.repeat(200)}`,
    'a.yaml',
  ],
  ['brackets nested too deep', `${head}value: ${'['.repeat(5000)}`, 'a.yaml'],
  [
    'blocks nested too deep',
    `${head}value:\n${Array.from({ length: 400 }, (_, n) => `${' '.repeat(n + 1)}a:\n`).join('')}`,
    'a.yaml',
  ],
  ['dashes nested too deep', `${head}value:\n${'- '.repeat(5000)}`, 'a.yaml'],
  ['JSON nested too deep', '['.repeat(100_000), 'a.json'],
  ['a file too large', new Uint8Array(10 * 1024 * 1024 + 1).fill(0x20), 'a.yaml'],
  ['too many documents', '---\n'.repeat(100_002), 'a.yaml'],
  ['too many directives', '%A\n'.repeat(2000), 'a.yaml'],
  ['a document too long', `${head}value: [${'a,'.repeat(600_000)}]`, 'a.yaml'],
])('refuses %s', { timeout: 60_000 }, async (_, content, file) => {
  const failure = await failureIn(content, file)
  expect(failure).toMatchObject({ code: 'MANIFESTS_TOO_LARGE', kind: 'permanent' })
  expect(failure.message).toContain(file)
})

test('reads names that JavaScript objects have too as plain data', async () => {
  const value = { constructor: 1, toString: 2, prototype: 3, hasOwnProperty: 4 }
  const rendered = await renderOne(`${head}value: ${JSON.stringify(value)}\n`)
  expect(Object.entries(rendered.value as object)).toEqual(Object.entries(value))
})

test('reads 200 levels, and aliases as copies', async () => {
  const deep = await renderOne(`${head}value: ${'['.repeat(200)}${']'.repeat(200)}\n`)
  expect(JSON.stringify(deep.value)).toBe('['.repeat(200) + ']'.repeat(200))
  const { one, two } = await renderOne(`${head}one: &a {x: [1]}\ntwo: *a\n`)
  expect(two).toEqual(one)
  expect(two).not.toBe(one)
})

const original = Buffer.from(
  `${head}value: &a\n  - "b\\n": [c, {d: 'e'}]\n    f: |\n      g\n---\n${head}h: !!str 1\ni: {<<: {a: *a}}\n`.replace(
    '*a',
    '1',
  ),
)
const mutation = fc.record({
  at: fc.nat(original.length),
  remove: fc.nat(4),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 4 }),
    fc
      .constantFrom(...'[]{}:,-?&*!|>\'"%@`#\n\t '.split(''), '---\n', '<<: ', '*a', '\\x')
      .map((text) => Buffer.from(text)),
  ),
})

test.each(['a.yaml', 'a.json'])('throws nothing but its own errors for damaged bytes in %s', async (file) => {
  const start =
    file === 'a.yaml' ? original : Buffer.from(JSON.stringify({ a: [1, { b: 'c\n' }], d: -1.5e3 }))
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 6 }), async (mutations) => {
      const bytes = mutations.reduce(
        (before, { at, remove, insert }) =>
          Buffer.concat([before.subarray(0, at), insert, before.subarray(at + remove)]),
        start,
      )
      const outcome = await render({ [file]: bytes }).catch((thrown: unknown) => thrown)
      if (isMooringError(outcome)) {
        expect(['MALFORMED_MANIFEST', 'INVALID_MANIFEST', 'MANIFESTS_TOO_LARGE']).toContain(outcome.code)
      } else {
        const { manifests } = outcome as Awaited<ReturnType<typeof render>>
        expect(manifests).toEqual(JSON.parse(JSON.stringify(manifests)))
      }
    }),
    { numRuns: 300 },
  )
})

test('reads back any JSON from JSON and from YAML', async () => {
  const json = fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' })
  await fc.assert(
    fc.asyncProperty(json, async (value) => {
      const object = { apiVersion: 'v1', kind: 'T', metadata: { name: 'a' }, value }
      const text = JSON.stringify(object)
      const expected = JSON.parse(text.replaceAll(/-0(?=[,\]}])/g, '0')) as unknown
      if (text.includes('__proto__')) return void (await failureOf(render({ 'a.json': text })))
      expect(await renderOne(text, 'a.json')).toEqual(expected)
      if (text.length < 1000 && !/[\x7f-\x9f\ufeff\ufffe\uffff]/.test(text))
        expect(await renderOne(text)).toEqual(expected)
    }),
    { numRuns: 200 },
  )
})
