import type { Report, Row } from './report.ts'

/** A report for people. */
export function table({ title, conditions, rows }: Report, isColoured: boolean): string {
  const paint = (code: number, text: string) => (isColoured ? `\u001b[${code}m${text}\u001b[0m` : text)
  const cells = [headings, ...rows.map(cellsOf)]
  const widths = headings.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)))
  const lines = cells.map((line) =>
    // Words to the left, figures to the right.
    line
      .map((cell, column) => (column < 2 ? cell.padEnd(width(column)) : cell.padStart(width(column))))
      .join('  '),
  )
  function width(column: number): number {
    return widths[column] ?? 0
  }
  return [
    paint(1, title),
    ...conditions.map((condition) => paint(2, `  ${condition}`)),
    '',
    ...lines.map((line, index) => paint(colourOf(rows[index - 1]), line).trimEnd()),
  ].join('\n')
}

const headings = ['metric', 'unit', 'ours', 'reference', 'ratio', 'target', 'ok']

const cellsOf = ({ metric, unit, value, reference, ratio, target, ok }: Row): readonly string[] => [
  metric,
  unit,
  figure(value),
  figure(reference),
  ratio === null ? '' : ratio.toFixed(2),
  figure(target),
  ok === null ? '' : ok ? 'yes' : 'MISSED',
]

/** Three digits are what a benchmark is good for. */
const figure = (value: number | null): string =>
  value === null ? '' : value.toLocaleString('en-US', { maximumSignificantDigits: 3 })

const colourOf = (row: Row | undefined): number =>
  row === undefined ? 1 : row.ok === null ? 0 : row.ok ? 32 : 31
