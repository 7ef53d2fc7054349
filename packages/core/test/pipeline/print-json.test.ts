import { expect, test } from 'vitest'
import type { Json } from '../../src/model/json.ts'
import { printJson } from '../../src/pipeline/print-json.ts'

test.each<readonly [Json, readonly string[]]>([
  [null, ['null']],
  [1, ['1']],
  ['a "quoted" text', ['"a \\"quoted\\" text"']],
  ['', ['""']],
  ['two\nlines\n', ['two', 'lines']],
  ['two\nlines', ['two', 'lines']],
  ['one\n', ['one']],
  [[], ['[]']],
  [{}, ['{}']],
  [{ a: 1, b: 'x', c: [], d: {} }, ['a: 1', 'b: "x"', 'c: []', 'd: {}']],
  [
    [1, 'x'],
    ['- 1', '- "x"'],
  ],
  [{ a: { b: { c: 1 } } }, ['a:', '  b:', '    c: 1']],
  [{ list: [1, { a: 1, b: 2 }] }, ['list:', '  - 1', '  -', '    a: 1', '    b: 2']],
  [{ script: 'one\ntwo\n', after: true }, ['script:', '  one', '  two', 'after: true']],
  [{ script: 'one\n' }, ['script:', '  one']],
])('%j is shown as %j', (value, lines) => {
  expect(printJson(value)).toEqual(lines)
})
