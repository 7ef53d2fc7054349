import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type DiffLine, lineDiff } from '../../src/pipeline/line-diff.ts'

const printed = (lines: readonly DiffLine[]): readonly string[] =>
  lines.map(({ sign, line }) => `${sign}${line}`)
const between = (before: string, after: string): readonly string[] => printed(lineDiff(before, after))
const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `line ${at}`)

describe('the difference of two texts', () => {
  test.each<readonly [what: string, before: string, after: string, readonly string[]]>([
    ['is nothing where they are equal', 'a\nb\n', 'a\nb\n', []],
    ['is nothing between nothing and nothing', '', '', []],
    ['adds a first text', '', 'a\nb\n', ['+a', '+b']],
    ['removes the last text', 'a\nb\n', '', ['-a', '-b']],
    ['shows a changed line', 'a\nb\nc\n', 'a\nx\nc\n', [' a', '-b', '+x', ' c']],
    ['shows an inserted line', 'a\nc\n', 'a\nb\nc\n', [' a', '+b', ' c']],
    ['shows a line that moved once on each side', 'a\nb\n', 'b\na\n', ['-a', ' b', '+a']],
    ['keeps empty lines', 'a\n\nb\n', 'a\n\n\nb\n', [' a', ' ', '+', ' b']],
    ['shows another end of line', 'a\r\nb\n', 'a\nb\n', ['-a\r', '+a', ' b']],
    ['shows that the last line got its end', 'a\nb', 'a\nb\n', [' a', ' b', '-\\ no newline at the end']],
    ['shows that the last line lost its end', 'a\nb\n', 'a\nb', [' a', ' b', '+\\ no newline at the end']],
    ['shows an empty line where there was nothing', '', '\n', ['+']],
  ])('%s', (_, before, after, lines) => {
    expect(between(before, after)).toEqual(lines)
  })

  test('leaves out what is far away, and marks the gap between two places', () => {
    const before = numbered(20)
    const after = before.with(5, 'five').with(15, 'fifteen')
    expect(between(before.join('\n'), after.join('\n'))).toEqual([
      ' line 3',
      ' line 4',
      '-line 5',
      '+five',
      ' line 6',
      ' line 7',
      '…',
      ' line 13',
      ' line 14',
      '-line 15',
      '+fifteen',
      ' line 16',
      ' line 17',
    ])
  })

  test('has no gap where the surroundings meet', () => {
    const before = numbered(9)
    const after = before.with(2, 'two').with(7, 'seven')
    expect(between(before.join('\n'), after.join('\n'))).not.toContain('…')
  })

  test('of long texts is found by what they share at both ends', () => {
    const before = numbered(50_000)
    expect(between(before.join('\n'), before.with(25_000, 'x').join('\n'))).toEqual([
      ' line 24998',
      ' line 24999',
      '-line 25000',
      '+x',
      ' line 25001',
      ' line 25002',
    ])
  })

  test('of texts that are other from end to end is the one and the other', () => {
    const before = numbered(401)
    const after = before.map((line) => `${line}!`)
    expect(between(before.join('\n'), after.join('\n'))).toEqual([
      ...before.map((line) => `-${line}`),
      ...after.map((line) => `+${line}`),
    ])
  })
})

/** Every text the difference can make of this one: a gap, and what is left out at both ends, is the same on both sides. */
function resultsOf(shown: readonly DiffLine[], before: readonly string[]): ReadonlySet<string> {
  const gap: DiffLine = { sign: '…', line: '' }
  const steps = [gap, ...shown, gap]
  const results = new Set<string>()
  const go = (at: number, from: number, made: readonly string[]): void => {
    const step = steps[at]
    const line = before[from]
    if (step === undefined) {
      if (line === undefined) results.add(made.join('\n'))
    } else if (step.sign === '…') {
      go(at + 1, from, made)
      if (line !== undefined) go(at, from + 1, [...made, line])
    } else if (step.sign === '+') go(at + 1, from, [...made, step.line])
    else if (line === step.line) go(at + 1, from + 1, step.sign === ' ' ? [...made, line] : made)
  }
  go(0, 0, [])
  return results
}

describe('for any two texts', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 14 })
    .map((lines) => lines.join('\n'))
  const linesOf = (one: string, other: string): readonly string[] => {
    const lines = one.split('\n')
    if (lines.at(-1) === '') return lines.slice(0, -1)
    return other.endsWith('\n') ? [...lines, '\\ no newline at the end'] : lines
  }

  test('the difference, put upon what was before, gives what is after', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const results = resultsOf(lineDiff(before, after), linesOf(before, after))
        expect(results).toContain(linesOf(after, before).join('\n'))
      }),
    )
  })

  test('the difference is empty exactly where they are equal', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(lineDiff(before, after).length === 0).toBe(before === after)
      }),
    )
  })

  test('the difference the other way round has the same lines with the other signs', () => {
    const signed = (lines: readonly DiffLine[], sign: '-' | '+'): readonly string[] =>
      lines.filter((line) => line.sign === sign).map(({ line }) => line)
    fc.assert(
      fc.property(text, text, (before, after) => {
        const [there, back] = [lineDiff(before, after), lineDiff(after, before)]
        expect(signed(there, '-').length - signed(back, '+').length).toBe(0)
        expect(signed(there, '+').length - signed(back, '-').length).toBe(0)
      }),
    )
  })
})
