/** One field of the head of a commit or tag. */
export interface HeaderField {
  readonly name: string
  /** What stands behind the name, on its first line. */
  readonly value: string
  /** Whether more lines belong to it. */
  readonly isFolded: boolean
  /** Where it begins and ends in the object, line break included, in bytes. */
  readonly start: number
  readonly end: number
}

/** The head of a commit or tag: all that stands before its message. */
export interface ObjectHeader {
  /** One character for each byte. */
  readonly text: string
  readonly fields: readonly HeaderField[]
  /** Whether all of the head is fields. */
  readonly isWhole: boolean
  /** Where the message begins, in bytes. */
  readonly end: number
}

/** Splits the head of an object into fields. A line that begins with a space belongs to the field before it. */
export function headerOf(raw: Uint8Array): ObjectHeader {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  const blank = bytes.indexOf('\n\n')
  const text = bytes.toString('latin1', 0, blank === -1 ? bytes.length : blank + 1)
  const fields: HeaderField[] = []
  let isWhole = text.endsWith('\n') && !text.includes('\0')
  for (let start = 0; start < text.length; ) {
    const newLine = text.indexOf('\n', start)
    const end = newLine === -1 ? text.length : newLine + 1
    const line = text.slice(start, end - 1)
    const last = fields.at(-1)
    const space = line.indexOf(' ')
    if (space === 0 && last !== undefined) fields[fields.length - 1] = { ...last, isFolded: true, end }
    else if (space <= 0) isWhole = false
    else
      fields.push({ name: line.slice(0, space), value: line.slice(space + 1), isFolded: false, start, end })
    start = end
  }
  return { text, fields, isWhole, end: blank === -1 ? bytes.length : blank + 2 }
}

/** Why fields that have to be one line each are not; undefined when they are. */
export function brokenLines(fields: readonly HeaderField[], names: readonly string[]): string | undefined {
  const broken = fields.find(
    ({ name, value, isFolded }) => names.includes(name) && (isFolded || value.includes('\r')),
  )
  return broken === undefined ? undefined : 'a field of one line has several'
}
