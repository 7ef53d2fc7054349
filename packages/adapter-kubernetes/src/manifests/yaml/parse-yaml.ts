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
 * and no ends of lines.
 */
export function* parseYaml(text: string): Generator<Read> {
  const lineAt = lineIndex(text)
  const composer = new Composer({ ...reading })
  let number = 0
  for (const token of tokensOf(text)) {
    if (token === pause) yield { faults: [] }
    else if (typeof token === 'string' || number > limits.documents) {
      const says = typeof token === 'string' ? token : `more than ${limits.documents} documents`
      yield { faults: [{ code: 'MANIFESTS_TOO_LARGE', says, line: lineAt(text.length) }] }
      return
    } else for (const document of composer.next(token)) yield* readOf(document, ++number, lineAt)
  }
  for (const document of composer.end(true, text.length)) yield* readOf(document, ++number, lineAt)
}

/**
 * Everything stays text, and what it means is decided by our own rules. `uniqueKeys` would compare all keys with all
 * others. Strict would refuse what kubectl reads, such as a closing brace at the start of a line.
 */
const reading = {
  schema: 'failsafe',
  resolveKnownTags: false,
  uniqueKeys: false,
  prettyErrors: false,
  strict: false,
  logLevel: 'silent',
} as const

/**
 * Documents and what is between them. Between, a pause now and then, or in words what is too large about the text:
 * nesting for what reads the tokens and calls itself for each level, or one document for being read in one go.
 */
function* tokensOf(text: string): Generator<CST.Token | string | typeof pause> {
  const parser = new Parser()
  let [lexemes, atStart] = [0, 0]
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'document') atStart = lexemes
      yield token
    }
    // A level is a collection and, while it is read, a scalar in it; the document is one too.
    if (parser.stack.length > limits.depth + 2)
      return yield `values nested more than ${limits.depth} levels deep`
    if (++lexemes - atStart > limits.lexemes) return yield 'a document too long to be read in one go'
    if (lexemes % 5000 === 0) yield pause
  }
  yield* parser.end()
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
