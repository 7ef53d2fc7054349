/**
 * A message of the API server without the values that it quotes: they may be those of a Secret. Follows the texts of
 * `field.Error` (k8s.io/apimachinery/pkg/util/validation/field), of structured-merge-diff (`got &value…`), and of Go's
 * number parsing. A value that does not end as it should takes the rest of the message with it.
 */
export function withoutValues(message: string): string {
  let kept = ''
  let from = 0
  beforeValue.lastIndex = 0
  for (let match = beforeValue.exec(message); match !== null; match = beforeValue.exec(message)) {
    const start = match.index + match[0].length
    const end = endOfValue(message, start)
    kept += `${message.slice(from, start)}(not shown)`
    from = end
    beforeValue.lastIndex = end
  }
  return kept + message.slice(from)
}

const beforeValue =
  /\b(?:(?:Invalid|Unsupported|Duplicate|Forbidden) value: |Not found: (?=["{[])|, got (?=[&"{[])|parsing (?=")|error found in #)/g

const closing: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' }

function endOfValue(message: string, start: number): number {
  if (message[start] === '"') return endOfQuoted(message, start)
  // Go's %#v and %v put a type or an ampersand before the brace.
  const prefix = /^(?:&|\*|[\w.[\]]+(?=\{))*/.exec(message.slice(start, start + 200))?.[0].length ?? 0
  if (message[start + prefix] !== undefined && closing[message[start + prefix] ?? ''] !== undefined) {
    return endOfBraces(message, start + prefix)
  }
  const rest = /^[^\s,:\]]*/.exec(message.slice(start))?.[0].length ?? 0
  return start + rest
}

/** Past a Go-quoted text, or the end of the message. */
function endOfQuoted(message: string, start: number): number {
  for (let at = start + 1; at < message.length; at++) {
    if (message[at] === '\\') at++
    else if (message[at] === '"') return at + 1
  }
  return message.length
}

/** Past the brace that closes this one, or the end of the message. */
function endOfBraces(message: string, start: number): number {
  const open: string[] = []
  for (let at = start; at < message.length; at++) {
    const character = message[at] ?? ''
    const closes = closing[character]
    if (character === '"') at = endOfQuoted(message, at) - 1
    else if (closes !== undefined) open.push(closes)
    else if (character === open.at(-1) && open.pop() !== undefined && open.length === 0) return at + 1
  }
  return message.length
}
