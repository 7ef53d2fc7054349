import type { Json } from '@mooring/core'
import { limits } from './limits.ts'
import { lineIndex } from './line-index.ts'
import type { Read } from './source-document.ts'

/**
 * The values of a JSON text, one after the other, as kubectl reads a stream of them. Never throws: what cannot be read is
 * a fault, and the first one ends the text.
 *
 * A reader of our own, because `JSON.parse` keeps the last of two equal fields and rounds integers, both in silence, and
 * knows no lines.
 */
export function* parseJson(text: string): Generator<Read> {
  const lineAt = lineIndex(text)
  const reader: Reader = { text, at: 0, itemOffsets: [] }
  for (let document = 1; ; document++) {
    skipSpace(reader)
    if (reader.at === text.length) return
    const start = reader.at
    reader.itemOffsets = []
    try {
      const value = readValue(reader, 1)
      const itemLines = reader.itemOffsets.map(lineAt)
      if (value !== null) yield { value, line: lineAt(start), document, itemLines }
    } catch (thrown) {
      if (!(thrown instanceof NotJson)) throw thrown
      const code = thrown.isTooDeep ? 'MANIFESTS_TOO_LARGE' : 'MALFORMED_MANIFEST'
      yield { faults: [{ code, says: thrown.message, line: lineAt(thrown.offset), document }] }
      return
    }
  }
}

interface Reader {
  readonly text: string
  at: number
  /** Where the items of a list at the top begin. */
  itemOffsets: number[]
}

/** Ends the reading. Its message completes "found" and quotes nothing. */
class NotJson extends Error {
  readonly offset: number
  readonly isTooDeep: boolean

  constructor(says: string, offset: number, isTooDeep = false) {
    super(says)
    this.offset = offset
    this.isTooDeep = isTooDeep
  }
}

function readValue(reader: Reader, depth: number, isItems = false): Json {
  const { text, at } = reader
  if (depth > limits.depth + 1) {
    throw new NotJson(`values nested more than ${limits.depth} levels deep`, at, true)
  }
  const first = text[at]
  if (first === '{') return objectOf(reader, depth)
  if (first === '[') return arrayOf(reader, depth, isItems)
  if (first === '"') return textOf(reader)
  for (const [word, value] of words) {
    if (!text.startsWith(word, at)) continue
    reader.at += word.length
    return value
  }
  return numberOf(reader)
}

const words = [
  ['true', true],
  ['false', false],
  ['null', null],
] as const

function objectOf(reader: Reader, depth: number): Json {
  const fields = new Map<string, Json>()
  reader.at++
  for (let isFirst = true; !ends(reader, '}', isFirst); isFirst = false) {
    const start = reader.at
    if (reader.text[start] !== '"') throw new NotJson('no field name where one is expected', start)
    const name = textOf(reader)
    if (fields.has(name)) throw new NotJson('a field that stands twice in its object', start)
    if (name === '__proto__') throw new NotJson('a field called __proto__', start)
    skipSpace(reader)
    if (reader.text[reader.at] !== ':') throw new NotJson('no colon where one is expected', reader.at)
    reader.at++
    skipSpace(reader)
    fields.set(name, readValue(reader, depth + 1, depth === 1 && name === 'items'))
  }
  return Object.fromEntries(fields)
}

function arrayOf(reader: Reader, depth: number, isItems: boolean): Json {
  const items: Json[] = []
  reader.at++
  for (let isFirst = true; !ends(reader, ']', isFirst); isFirst = false) {
    if (isItems) reader.itemOffsets.push(reader.at)
    items.push(readValue(reader, depth + 1))
  }
  return items
}

/** Steps over what stands between two values, or over the end. */
function ends(reader: Reader, bracket: '}' | ']', isFirst: boolean): boolean {
  skipSpace(reader)
  const found = reader.text[reader.at]
  if (found === bracket) {
    reader.at++
    return true
  }
  if (isFirst) return false
  if (found !== ',') throw new NotJson(`no comma or ${bracket} where one is expected`, reader.at)
  reader.at++
  skipSpace(reader)
  return false
}

function textOf(reader: Reader): string {
  const { text, at } = reader
  const literal = text.slice(at, endOfText(text, at) + 1)
  reader.at += literal.length
  // Nothing to unescape and nothing to refuse: by far the most.
  if (!/[\\\t\n\r]/.test(literal)) return literal.slice(1, -1)
  let value: string
  try {
    value = JSON.parse(literal) as string
  } catch {
    throw new NotJson('a text with a line break, a tab or an escape that JSON does not know', at)
  }
  if (value.isWellFormed()) return value
  throw new NotJson('an escape for half a character (a lone surrogate)', at)
}

/** Where the quote stands that ends a text: the next one behind an even number of backslashes. */
function endOfText(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text[end - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return end
  }
  throw new NotJson('a text without an end', at)
}

function numberOf(reader: Reader): number {
  const { text, at } = reader
  number.lastIndex = at
  const literal = number.exec(text)?.[0]
  if (literal === undefined) throw new NotJson('text that is no JSON value', at)
  reader.at += literal.length
  const value = Number(literal)
  if (!Number.isFinite(value)) throw new NotJson('a number too large for JSON numbers to keep', at)
  const isInteger = !/[.eE]/.test(literal)
  if (isInteger && !Number.isSafeInteger(value) && String(value) !== literal) {
    throw new NotJson('an integer of more digits than JSON numbers keep', at)
  }
  // JSON has no use for a negative zero.
  return value + 0
}

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y

function skipSpace(reader: Reader): void {
  space.lastIndex = reader.at
  space.test(reader.text)
  reader.at = space.lastIndex
}

const space = /[ \t\n\r]*/y
