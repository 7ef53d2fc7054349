import type { ErrorCode } from 'yaml'

/** What a parser's finding is in words. The parser's own messages quote the text, which may be a secret. */
export const syntaxWords = (code: ErrorCode): string => words[code] ?? 'text that is no YAML'

const words: Partial<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'an alias with an anchor or a tag',
  BAD_ALIAS: 'an alias or anchor without a name',
  BAD_DIRECTIVE: 'a directive (%) that is not known',
  BAD_DQ_ESCAPE: 'an escape sequence in double quotes that YAML does not know',
  BAD_INDENT: 'indentation that does not fit',
  BAD_PROP_ORDER: 'an anchor or tag in the wrong place',
  BAD_SCALAR_START: 'a value that begins with a reserved character; quote it',
  BLOCK_AS_IMPLICIT_KEY: 'a nested mapping on one line; quote a value with a colon in it',
  BLOCK_IN_FLOW: 'a block inside of brackets or braces',
  KEY_OVER_1024_CHARS: 'a key of more than 1024 characters',
  MISSING_CHAR:
    'a missing character, such as a closing quote, a bracket, a comma, a colon or a space after a colon',
  MULTILINE_IMPLICIT_KEY: 'a key of several lines, or a missing colon',
  MULTIPLE_ANCHORS: 'a value with two anchors',
  MULTIPLE_TAGS: 'a value with two tags',
  RESOURCE_EXHAUSTION: 'a value that is too deeply nested',
  TAB_AS_INDENT: 'a tab in the indentation, where spaces are expected',
  TAG_RESOLVE_FAILED: 'a tag that Kubernetes does not know',
  UNEXPECTED_TOKEN: 'text where none can stand: see the indentation and quotes around it',
}
