import type { Tables } from './tables.ts'

/** A row as SQLite gives it. */
export type Row = Readonly<Record<string, unknown>>

/** The columns of one row, each of the kind the schema says; anything else is damage. */
export interface Columns {
  readonly text: (column: string) => string
  readonly whole: (column: string) => number
}

/** The columns of a row of the table that `where` names for people. */
export function columnsOf({ damaged }: Tables, row: Row, where: string): Columns {
  const wrong = (column: string, expected: string) =>
    damaged(`column ${column} of ${where} holds no ${expected}`)
  return {
    text(column) {
      const value = row[column]
      if (typeof value !== 'string') throw wrong(column, 'text')
      return value
    },
    whole(column) {
      const value = row[column]
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw wrong(column, 'whole number')
      return value
    },
  }
}

/**
 * A name or key as a column holds it: any string, lone surrogates and zero characters included, which SQLite's own text
 * does not keep everywhere. Most look as they are.
 */
export const asColumn = (text: string): string => JSON.stringify(text).slice(1, -1)

/** The other way round. Ask only for what a checksum has vouched for. */
export const fromColumn = (column: string): string => JSON.parse(`"${column}"`) as string
