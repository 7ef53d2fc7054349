import {
  Composer,
  type CST,
  type Document,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type ParsedNode,
  Parser,
} from 'yaml'
import { limits } from '../limits.ts'
import { lineIndex } from '../line-index.ts'
import type { Read, ReadingFault } from '../source-document.ts'
import { type Misfit, plainData } from './plain-data.ts'
import { syntaxWords } from './syntax-words.ts'

/**
 * The documents of a YAML text, one at a time, each as kubectl reads it. Never throws: what cannot be read is a fault.
 *
 * Differs from kubectl on purpose where that would lose something in silence. A field that stands twice in a mapping is
 * a fault (kubectl keeps the last). A document after `...` or on the line of its `---` is read (kubectl drops the one
 * and refuses the other). `%YAML 1.2` changes nothing (kubectl refuses it). U+0085, U+2028 and U+2029 are characters
 * and no ends of lines. What stands in brackets has to be indented, where kubectl lets it begin a line.
 */
export function* parseYaml(text: string): Generator<Read> {
  const lineAt = lineIndex(text)
  const composer = new Composer({ ...reading })
  let number = 0
  for (const token of tokensOf(text)) {
    if (token === pause) yield { faults: [] }
    else if ('says' in token) {
      yield { faults: [{ code: 'MANIFESTS_TOO_LARGE', says: token.says, line: lineAt(token.offset) }] }
      return
    } else for (const document of composer.next(token)) yield* readOf(document, ++number, lineAt)
  }
  for (const document of composer.end(true, text.length)) yield* readOf(document, ++number, lineAt)
}

/**
 * Everything stays text, and what it means is decided by our own rules. `uniqueKeys` would compare all keys with all
 * others. Strict would refuse what kubectl reads, such as a comment close behind a quote.
 */
const reading = {
  schema: 'failsafe',
  resolveKnownTags: false,
  uniqueKeys: false,
  prettyErrors: false,
  strict: false,
  logLevel: 'silent',
} as const

/** Where a text becomes larger than it may be. */
interface TooLarge {
  readonly says: string
  readonly offset: number
}

/**
 * Documents and what is between them. Among them a pause now and then, and where the text ends that may be read: what
 * reads the tokens calls itself for each level, reads one document in one go, and keeps every directive.
 */
function* tokensOf(text: string): Generator<CST.Token | TooLarge | typeof pause> {
  const parser = new Parser()
  let [lexemes, atStart, documents, directives] = [0, 0, 0, 0]
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'directive') directives++
      if (token.type === 'document') [atStart, documents] = [lexemes, documents + 1]
      yield token
    }
    // A level is a collection and, while it is read, a scalar in it; the document is one too.
    const levels = parser.stack.length - 2
    const says = tooLarge({ levels, documents, directives, lexemes: ++lexemes - atStart })
    if (says !== undefined) return yield { says, offset: parser.offset }
    if (lexemes % 5000 === 0) yield pause
  }
  yield* parser.end()
}

interface Counts {
  readonly levels: number
  readonly documents: number
  readonly directives: number
  readonly lexemes: number
}

function tooLarge({ levels, documents, directives, lexemes }: Counts): string | undefined {
  if (levels > limits.depth) return `values nested more than ${limits.depth} levels deep`
  if (documents > limits.documents) return `more than ${limits.documents} documents`
  if (directives > limits.directives) return `more than ${limits.directives} directives (%)`
  return lexemes > limits.lexemes ? 'a document too long to be read in one go' : undefined
}

const pause = Symbol('a moment for others')

function* readOf(
  { contents, errors }: Document.Parsed,
  document: number,
  lineAt: (offset: number) => number,
): Generator<Read> {
  const faultAt = ({ code, says, offset }: Misfit): ReadingFault => ({
    code: code ?? 'MALFORMED_MANIFEST',
    says,
    line: lineAt(offset),
    document,
  })
  if (errors.length > 0) {
    // What follows the first error in a document is mostly its consequence.
    const [first] = errors.toSorted((one, other) => one.pos[0] - other.pos[0])
    if (first) yield { faults: [faultAt({ says: syntaxWords(first.code), offset: first.pos[0] })] }
    return
  }
  if (contents === null) return
  const { value, misfits } = plainData(contents)
  if (misfits.length > 0) yield { faults: misfits.map(faultAt) }
  else if (value !== null) {
    const line = lineAt(contents.range[0])
    yield { value, line, document, itemLines: itemsOf(contents).map(({ range }) => lineAt(range[0])) }
  }
}

/** The nodes of the items, which are asked for their lines. */
function itemsOf(contents: ParsedNode): readonly ParsedNode[] {
  if (!isMap(contents)) return []
  const items = contents.items.find(({ key }) => isScalar(key) && key.value === 'items')?.value
  return isSeq(items) ? (items.items as ParsedNode[]) : []
}
