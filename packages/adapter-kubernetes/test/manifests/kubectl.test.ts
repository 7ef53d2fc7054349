import { execFile } from 'node:child_process'
import { expect, test } from 'vitest'
import { failureIn, head, render, renderOne, valueOfYaml } from './render.ts'

/** What kubectl reads: the objects, or that it refuses them. Needs no server. */
async function kubectl(text: string): Promise<readonly Record<string, unknown>[] | 'refused'> {
  const output = await new Promise<string | undefined>((resolve) => {
    const flags = ['annotate', '--local', '--dry-run=client', '-o', 'json', '-f', '-', 'mark=1']
    const child = execFile(
      'kubectl',
      flags,
      { env: { PATH: process.env.PATH, KUBECONFIG: '/dev/null' } },
      (error, stdout) => resolve(error ? undefined : stdout),
    )
    child.stdin?.end(text)
  })
  if (output === undefined) return 'refused'
  const objects = JSON.parse(`[${output.trim().replaceAll('\n}\n{', '\n},\n{')}]`) as {
    metadata: { annotations?: unknown }
  }[]
  return objects.map(({ metadata: { annotations: _, ...metadata }, ...object }) => ({ ...object, metadata }))
}

const isThere = (await kubectl(head)) !== 'refused'
const withKubectl = test.skipIf(!isThere)

const scalars =
  `0644 +0644 -0644 0o17 0x1F -0x1F 0b101 -0b11 08 09.5 1_000 _1 1_ 0_7 1__0 yes Yes YES yEs no on Off OFF y Y n N
true True TRUE tRue null Null NULL ~ nULL 2001-01-01 2001-12-14t21:59:43.10-05:00 12:30:45 1:20 190:20:30 1e3 1E3 1e 1. .5 +.5
-.5 1.5e+3 .e5 5.e3 + -- 1-1 +1 -1 -0 -0.0 0.0 1.0 1e21 1e-7 0.1 9007199254740991 9007199254740992 = a=b << 1e400 1e-400 0x 0xG
0X1f 0O17 0B11 0o8 1,000 .iNF inf nan NaN . .. ...x 1.2.3 v1 0.0.0.0 1e1_0 1_0.5_0 .5_0 0x_1 0x1p4 +0x1F 0_ 00 0001 01.5 1e+
1e5.5 ٣ 2001-1-1 0. 0e0 1e18 1.0e20 123456789.123456789 1e22 5e-324 100000000000000000000 Infinity a#c http://x/y -a ?a :a a:b
'it''s' "\\x41" "\\U0001F600" "\\e" "\\N\\_\\L\\P" "\\0" [] {} [a,b] {"a":1} {a:1}`
    .split(/\s+/)
    .concat(
      '!!str 5',
      '!!str',
      '!!int "5"',
      '!!int "0644"',
      '!!float 5',
      '!!bool "yes"',
      '!!null ""',
      '! 5',
      '!',
      '|',
      '>',
      '',
    )
    .concat(
      '{a, b: 1}',
      '[a: 1]',
      '{a: }',
      '[1 2]',
      'a # c',
      '&x 1',
      '!!map {a: 1}',
      '{? a}',
      '"a\tb"',
      '!!timestamp 2001-01-01',
    )

withKubectl('reads scalars as kubectl does', async () => {
  const text = `${head}${scalars.map((scalar, n) => `v${n}: ${scalar}\n`).join('')}`
  const [theirs] = (await kubectl(text)) as [Record<string, unknown>]
  const ours = await renderOne(text)
  for (const [n, scalar] of scalars.entries())
    expect([scalar, ours[`v${n}`]]).toEqual([scalar, theirs[`v${n}`]])
})

const documents = {
  'a merge before fields': 'b: &b {a: 1, c: 3}\nvalue:\n  <<: *b\n  a: 2\n',
  'a merge of several': 'b: &b {a: 1, c: 3}\nd: &d {a: 9, e: 5}\nvalue:\n  <<: [*b, *d]\n',
  'a merge of a merge': 'b: &b {a: 1}\nc: &c {<<: *b, q: 1}\nvalue:\n  <<: *c\n',
  'a merge in place': 'value:\n  <<: [{a: 1}, {b: 2}]\n',
  'a merge key in quotes': 'value:\n  "<<": {a: 1}\n',
  'a merge key that is text': 'value:\n  !!str <<: {a: 1}\n',
  'an anchor used again': 'b: &b 1\nc: *b\nd: &b 2\nvalue: *b\n',
  'an alias as a key': 'b: &b k\nvalue: {*b : 1}\n',
  'keys that are no text': 'value: {true: 1, 10: 2, 1.5: 3, -7: 4, 0.125: 5, 2001-01-01: 6, 1e400: 7}\n',
  'a literal': 'value: |\n  a\n   b\n\n  c\n\n\n',
  'a literal that keeps': 'value: |+\n  a\n\n\n',
  'a literal that strips': 'value: |-\n  a\n\n\n',
  'a literal with indentation': 'value: |2\n    a\n   b\n',
  'a literal without an end': 'value: |\n  a',
  'a literal with spaces at the end': 'value: |\n  a\n  ',
  'a folded text': 'value: >\n  a\n  b\n\n  c\n   d\n  e\n',
  'a plain text of lines': 'value: a\n  b\n\n  c\n',
  'a quoted text of lines': 'value: "a\n  b\\\n  c\n\n  d"\n',
  'a sequence as far left as its key': 'value:\n- a\n- b\n',
  'a brace at the start of a line': 'value: {\n  a: 1\n}\nw: [\n  1\n]\n',
  'a comment close to a quote': 'value: "a"#b\n',
  'an explicit key': 'value:\n  ? a\n  : b\n',
  'a tab behind a value': 'value: a\t\nw:\tb\n',
  'several documents': `---\n# c\n--- # d\n${head.replace(' a', ' b')}---   \n---\n${head.replace(' a', ' c')}...\n`,
  '%YAML 1.1': `...\n---\n${head.replace(' a', ' b')}value: yes\n`,
}

withKubectl.concurrent.each(Object.entries(documents))(
  'reads %s as kubectl does, with either end of line',
  async (_, text) => {
    for (const whole of [head + text, (head + text).replaceAll('\n', '\r\n')]) {
      const { manifests } = await render({ 'a.yaml': whole })
      expect(manifests.map(({ manifest }) => manifest)).toEqual(await kubectl(whole))
    }
  },
)

const refused = [
  '.inf',
  '-.Inf',
  '.nan',
  '-',
  '!!int abc',
  '!!bool 3',
  '!!int 1.5',
  '!!float 1e400',
  '"\\q"',
  '"\\ud800"',
  '[,]',
  '*x',
  '- 1',
  '? a',
]
  .concat(
    '%x',
    '@x',
    '`x',
    '!!',
    '&',
    '*',
    'a: b',
    '{null: 1}',
    '{[a]: 1}',
    '{{a: b}: 1}',
    '{<<: 1}',
    '{<<: null}',
    '&b [*b]',
    '"a" b',
  )
  .concat('\n\ta: 1', '"\u0001"', '{a: 1', '"a', '[a]]')

withKubectl.concurrent.each(refused)('refuses %j as kubectl does', { timeout: 20_000 }, async (value) => {
  const text = `${head}value: ${value}\n`
  expect(await kubectl(text)).toBe('refused')
  expect((await failureIn(text)).code).toMatch(/^(?:MALFORMED_MANIFEST|MANIFESTS_TOO_LARGE)$/)
})

/** Where we are stricter: what kubectl makes of them is what nobody meant. */
withKubectl.concurrent.each([
  ['a field that stands twice', '{a: 1, a: 2}', { a: 2 }],
  ['a key that becomes true', '{y: 1}', { true: 1 }],
  ['a key that is octal', '{0644: 1}', { 420: 1 }],
  ['a tag for another tool', '!vault a', 'a'],
  ['a binary value', '!!binary aGVsbG8=', 'hello'],
  ['brackets around what is not indented', '{\na: 1\n}', { a: 1 }],
  ['an integer that is rounded', '18446744073709551617', 18_446_744_073_709_552_000],
])('refuses %s, which kubectl reads', async (_, value, theirs) => {
  const text = `${head}value: ${value}\n`
  expect(await kubectl(text)).toMatchObject([{ value: theirs }])
  expect((await failureIn(text)).code).toBe('MALFORMED_MANIFEST')
})

withKubectl(
  'refuses a merge behind a field that it sets, which kubectl and kustomize read differently',
  async () => {
    const text = `${head}b: &b {a: 1}\nvalue:\n  a: 2\n  <<: *b\n`
    expect(await kubectl(text)).toMatchObject([{ value: { a: 1 } }])
    expect((await failureIn(text)).code).toBe('MALFORMED_MANIFEST')
  },
)

withKubectl('reads a document behind the end of another, which kubectl drops', async () => {
  const text = `${head}...\n${head.replace(' a', ' b')}`
  expect(await kubectl(text)).toHaveLength(1)
  expect((await render({ 'a.yaml': text })).manifests).toHaveLength(2)
})

test.each([
  ['0644', 420],
  ['yes', true],
  ['y', true],
  ['12:30:45', '12:30:45'],
  ['2001-01-01', '2001-01-01'],
  ['1_000', 1000],
  ['"0644"', '0644'],
])('reads %s as %j', async (yaml, value) => {
  expect(await valueOfYaml(yaml)).toEqual(value)
})
