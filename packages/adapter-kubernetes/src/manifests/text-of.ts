/** A file as text, or what keeps it from being one. */
export type Text = { readonly text: string } | { readonly says: string; readonly line?: number }

/**
 * The text of a file: UTF-8 with or without a byte order mark, lines ended by LF or CRLF.
 *
 * Stricter than kubectl, which replaces bytes that are no UTF-8 with U+FFFD and reads UTF-16: either is a file that some
 * editor has damaged or will. A carriage return alone ends a line in YAML 1.1 and for kubectl, but not for the parser
 * here. Control characters are refused by both.
 */
export function textOf(content: Uint8Array): Text {
  const wide = wideEncodingOf(content)
  if (wide !== undefined) return { says: `${wide} text, where UTF-8 is expected` }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    return { says: 'bytes that are no UTF-8 text', line: lineOfBadByte(content) }
  }
  const at = text.search(unreadable)
  if (at === -1) return { text }
  return { says: nameOf(text.charCodeAt(at)), line: text.slice(0, at).split('\n').length }
}

/** Control characters but those that YAML allows, and what is no character; a carriage return without its line feed. */
const unreadable = /[^\P{Cc}\t\n\r\u0085]|[\ufeff\ufffe\uffff]|\r(?!\n)/u

function nameOf(code: number): string {
  if (code === 0x0d) return 'a carriage return that ends no line (LF or CRLF is expected)'
  if (code === 0xfeff) return 'a byte order mark in the midst of the text'
  return `a control character (U+${code.toString(16).toUpperCase().padStart(4, '0')}), which YAML allows only as an escape`
}

/** By its mark, or because every other byte of what must be ASCII is zero. */
function wideEncodingOf([one, two, three, four]: Uint8Array): string | undefined {
  if (one === 0xff && two === 0xfe) return three === 0 && four === 0 ? 'UTF-32' : 'UTF-16'
  if (one === 0xfe && two === 0xff) return 'UTF-16'
  if ((one === 0 && two !== 0 && two !== undefined) || (one !== 0 && two === 0)) return 'UTF-16'
  return one === 0 && two === 0 && three === 0xfe ? 'UTF-32' : undefined
}

/** Bisects, because a decoder does not say where it stopped. */
function lineOfBadByte(content: Uint8Array): number {
  let [good, bad] = [0, content.length]
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1
    if (isText(content.subarray(0, middle))) good = middle
    else bad = middle
  }
  return content.subarray(0, good).reduce((lines, byte) => (byte === 0x0a ? lines + 1 : lines), 1)
}

/** Whether this begins a text; its last character may be cut. */
function isText(beginning: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(beginning, { stream: true })
    return true
  } catch {
    return false
  }
}
