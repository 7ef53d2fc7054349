/** One line of a difference between two texts. `…` stands for lines that are the same and left out. */
export interface DiffLine {
  readonly sign: '-' | '+' | ' ' | '…'
  readonly line: string
}

const context = 2
/** Longer middles are shown as removed and added whole: the table of the comparison grows with the square. */
const comparable = 400

/** The lines that differ, with two lines around them. Pure. */
export function lineDiff(before: string, after: string): readonly DiffLine[] {
  const a = linesOf(before, after)
  const b = linesOf(after, before)
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end])
    end++
  const middle = middleDiff(a.slice(start, a.length - end), b.slice(start, b.length - end))
  const all = [...kept(a.slice(0, start)), ...middle, ...kept(a.slice(a.length - end))]
  return withoutFarLines(all)
}

const unended = '\\ no newline at the end'

/** The lines of a text, and one to say that the last of them has no end, where that makes a difference. */
function linesOf(text: string, other: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  else if (other.endsWith('\n')) lines.push(unended)
  return lines
}

const kept = (lines: readonly string[]): DiffLine[] => lines.map((line) => ({ sign: ' ', line }))

function middleDiff(a: readonly string[], b: readonly string[]): DiffLine[] {
  if (a.length > comparable || b.length > comparable) {
    return [
      ...a.map((line): DiffLine => ({ sign: '-', line })),
      ...b.map((line): DiffLine => ({ sign: '+', line })),
    ]
  }
  const common = longestCommon(a, b)
  const lines: DiffLine[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]]
    const down = common[i + 1]?.[j] ?? 0
    const across = common[i]?.[j + 1] ?? 0
    if (left !== undefined && left === right) {
      lines.push({ sign: ' ', line: left })
      i++
      j++
    } else if (left !== undefined && (right === undefined || down >= across)) {
      lines.push({ sign: '-', line: left })
      i++
    } else {
      lines.push({ sign: '+', line: right ?? '' })
      j++
    }
  }
  return lines
}

/** Length of the longest common subsequence of the tails from i and j. */
function longestCommon(a: readonly string[], b: readonly string[]): number[][] {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
  for (let i = a.length - 1; i >= 0; i--) {
    const row = table[i] as number[]
    const below = table[i + 1] as number[]
    for (let j = b.length - 1; j >= 0; j--) {
      row[j] = a[i] === b[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0)
    }
  }
  return table
}

function withoutFarLines(lines: readonly DiffLine[]): readonly DiffLine[] {
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - context), at + context + 1).some((line) => line.sign !== ' '),
  )
  const shown: DiffLine[] = []
  let skipped = false
  for (const [at, line] of lines.entries()) {
    if (near[at]) {
      if (skipped && shown.length > 0) shown.push({ sign: '…', line: '' })
      shown.push(line)
      skipped = false
    } else skipped = true
  }
  return shown
}
