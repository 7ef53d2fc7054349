/** Rows below a heading, in columns as wide as what stands in them; without trailing blanks. */
export function table(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  colour: boolean,
): string {
  const widths = columns.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  const heading = line(columns)
  return [colour ? `\u001b[2m${heading}\u001b[0m` : heading, ...rows.map(line)].join('\n')
}
