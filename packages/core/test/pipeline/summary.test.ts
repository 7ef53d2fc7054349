import { describe, expect, test } from 'vitest'
import type { Hold, Plan } from '../../src/model/plan.ts'
import type { ResourceDiff } from '../../src/pipeline/resource-diff.ts'
import { summary } from '../../src/pipeline/summary.ts'
import { change, planOf } from './scene.ts'

const hold = (over: Partial<Hold>): Hold => ({
  guard: 'prune-off',
  code: 'PRUNE_OFF',
  message: 'pruning is off',
  release: 'set sync.prune',
  keys: [],
  holdsOperation: false,
  ...over,
})

const full: Plan = planOf(
  [
    change({
      key: 'ns',
      label: 'Namespace shop',
      action: 'create',
      reason: 'added',
      expects: { kind: 'absent' },
      origin: { file: 'shop/ns.yaml', line: 1 },
    }),
    change({ key: 'conf', label: 'ConfigMap shop/conf', reason: 'drift', stage: 1 }),
    change({
      key: 'web',
      label: 'Deployment shop/web',
      stage: 1,
      origin: { file: 'shop/web.yaml', line: 12 },
    }),
    change({ key: 'job', label: 'Job shop/once', action: 'replace', stage: 1 }),
    change({ key: 'old', label: 'Secret shop/old', action: 'delete', reason: 'removed', stage: 2 }),
    change({ key: 'kept', label: 'Volume data', action: 'release', reason: 'kept', stage: 2 }),
  ],
  {
    id: '8Zk2rQ3vXYZ',
    revision: { id: '1f3c9a2aaaaa', label: 'main@1f3c9a2', message: 'raise the limits\n\nas asked' },
    unchanged: 11,
    waiting: [{ label: 'Widget shop/w', reason: 'nobody has defined Widget' }],
    holds: [
      hold({ keys: ['old'] }),
      hold({ code: 'EMPTY', message: 'nothing at all', release: 'correct it', holdsOperation: true }),
    ],
  },
)

const diffs: readonly ResourceDiff[] = [
  {
    key: 'web',
    steps: [
      { op: 'replace', path: '/spec/replicas', before: 1, after: 2 },
      { op: 'add', path: '/spec/paused', after: true },
      { op: 'remove', path: '/spec/note', before: 'x' },
      { op: 'replace', path: '/spec/args', before: ['a'], after: ['a', 'b'] },
      { op: 'replace', path: '/spec/script', before: 'one\ntwo\n', after: 'one\nthree\n' },
    ],
  },
  { key: 'ns', steps: [{ op: 'add', path: '', after: { id: 'ns' } }] },
  { key: 'old', steps: [{ op: 'remove', path: '', before: 'text' }] },
]

describe('a summary', () => {
  test('tells what would be done, in which order and why, and what is held', () => {
    expect(`\n${summary(full)}\n`).toBe(`
Plan 8Zk2rQ3v of shop · main@1f3c9a2 "raise the limits" · 6 changes, 11 unchanged

  stage 1
  + Namespace shop        added   shop/ns.yaml:1
  stage 2
  ~ ConfigMap shop/conf   drift (heal)
  ~ Deployment shop/web   changed   shop/web.yaml:12
  ± Job shop/once         changed
  stage 3
  - Secret shop/old       removed   held: PRUNE_OFF
  ○ Volume data           kept
  ? Widget shop/w   waits: nobody has defined Widget

  left PRUNE_OFF: pruning is off
       → set sync.prune
  held EMPTY: nothing at all
       → correct it
`)
  })

  test('tells with diffs what each change does, field by field', () => {
    const lines = summary({ ...full, holds: [], waiting: [] }, { diffs })
    expect(`\n${lines}\n`).toBe(`
Plan 8Zk2rQ3v of shop · main@1f3c9a2 "raise the limits" · 6 changes, 11 unchanged

  stage 1
  + Namespace shop        added   shop/ns.yaml:1
      + id: "ns"
  stage 2
  ~ ConfigMap shop/conf   drift (heal)
  ~ Deployment shop/web   changed   shop/web.yaml:12
      /spec/replicas: 1 → 2
      + /spec/paused: true
      - /spec/note: "x"
      /spec/args:
        - - "a"
        + - "a"
        + - "b"
      /spec/script:
          one
        - two
        + three
  ± Job shop/once         changed
  stage 3
  - Secret shop/old       removed
      - "text"
  ○ Volume data           kept
`)
  })

  test('of nothing to do is one line', () => {
    expect(summary(planOf([], { id: 'abcdefghijk', unchanged: 3 }))).toBe(
      'Plan abcdefgh of shop · c1 · nothing to change, 3 unchanged',
    )
  })

  test('of a single stage does not speak of stages, nor of changes in the plural', () => {
    expect(summary(planOf([change({ stage: 4 })]))).toBe(
      'Plan plan-id- of shop · c1 · 1 change, 0 unchanged\n\n  ~ label of web   changed',
    )
  })

  test('of only what waits shows it', () => {
    const waiting = [{ label: 'w', reason: 'undefined' }]
    expect(summary(planOf([], { waiting }))).toMatch(/\n\n {2}\? w {3}waits: undefined$/)
  })

  test('cuts what is long', () => {
    const after = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`f${at}`, at]))
    const lines = summary(planOf([change()]), {
      diffs: [{ key: 'web', steps: [{ op: 'add', path: '', after }] }],
    })
    expect(lines.split('\n').at(-1)).toBe('        + … 20 more lines')
  })

  test('lines up labels up to 48 characters', () => {
    const lines = summary(
      planOf([change({ key: 'a', label: 'a' }), change({ key: 'b', label: 'b'.repeat(60) })]),
    )
    expect(lines).toContain(`  ~ a${' '.repeat(47)}   changed`)
    expect(lines).toContain(`  ~ ${'b'.repeat(60)}   changed`)
  })

  test('of 200,000 changes is made without overflowing the stack', () => {
    const changes = Array.from({ length: 200_000 }, (_, at) => change({ key: `r${at}` }))
    expect(summary(planOf(changes))).toContain('200000 changes')
  })
})

const introducer = '\u001b'
const escapes = new RegExp(`${introducer}\\[\\d+m`, 'g')

describe('colours', () => {
  test('are there only on request', () => {
    expect(summary(full, { diffs })).not.toMatch(escapes)
    expect(summary(full, { diffs, colour: false })).not.toMatch(escapes)
    expect(summary(full, { diffs, colour: true })).toMatch(escapes)
  })

  test('change nothing but colours', () => {
    expect(summary(full, { diffs, colour: true }).replace(escapes, '')).toBe(summary(full, { diffs }))
  })

  test('end before the line does', () => {
    for (const line of summary(full, { diffs, colour: true }).split('\n')) {
      const codes = [...line.matchAll(escapes)].map(([code]) => code)
      const opened = codes.filter((code) => !/\[(39|22)m/.test(code))
      expect(codes.length - opened.length).toBe(opened.length)
    }
  })
})

/** Characters that move the cursor, end a line, or turn the direction of what follows. A line may end. */
const movesTheCursor = (character: string): boolean =>
  character !== '\n' && /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u.test(character)

describe('hostile text', () => {
  const evil =
    'x\u001b[2J\u001b]0;title\u0007\r\nFORGED\n  + all is well\u0085\u2028\u2029\u202e\u2066\u009b31m\u0000\b\u200f\u061c'
  const hostile: Plan = planOf(
    [change({ label: evil, origin: { file: evil } }), change({ key: 'b', label: evil, stage: 1 })],
    {
      application: evil,
      revision: { id: evil, label: evil, message: evil },
      waiting: [{ label: evil, reason: evil, origin: { file: evil } }],
      holds: [hold({ keys: ['web'], message: evil, release: evil })],
    },
  )
  const steps: ResourceDiff['steps'] = [
    { op: 'replace', path: `/${evil}`, before: evil, after: `${evil}!` },
    { op: 'replace', path: '/b', before: { [evil]: evil }, after: [evil] },
    { op: 'add', path: '/c', after: evil },
    { op: 'replace', path: '/d', before: 'x', after: evil.replaceAll('\n', '') },
  ]

  test.each([
    ['without diffs', []],
    ['with diffs', [{ key: 'web', steps }]],
  ])('moves no cursor and forges no line, %s', (_, given) => {
    const text = summary(hostile, { diffs: given })
    expect(text.split('').filter(movesTheCursor)).toEqual([])
    // Texts over several lines are shown as such, but behind a sign and an indent of their own.
    const forged = text.split('\n').filter((line) => /^\s{0,5}(FORGED|\+ all is well)/.test(line))
    expect(forged).toEqual([])
  })

  test('has as many lines without diffs as harmless text', () => {
    const harmless = JSON.parse(
      JSON.stringify(hostile).replaceAll(JSON.stringify(evil).slice(1, -1), 'x'),
    ) as Plan
    expect(summary(hostile).split('\n').length).toBe(summary(harmless).split('\n').length)
  })
})
