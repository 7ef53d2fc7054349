import { isRecord } from '../objects/record.ts'

/** Members of a JSON object of unknown shape. */
export type Fields = Readonly<Record<string, unknown>>

/** The members of a value; none when it is no object. Nothing in a live object can be relied on: definitions are anybody's. */
export const fieldsOf = (value: unknown): Fields => (isRecord(value) ? value : {})

/** The items of a list as objects; none when it is no list. */
export const itemsOf = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.map(fieldsOf) : []

/** A text that says something. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** A number. */
export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined
