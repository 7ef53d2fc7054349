import { whyUnsafe } from '../objects/safe-name.ts'

/** What `.gitmodules` says of one path. */
export type NamedSubmodule = { readonly url: string } | { readonly refused: string }

/** What it says of paths. Undefined for one that it does not name. */
export type NamedSubmodules = (path: string) => NamedSubmodule | undefined

/** Nothing is named. */
export const noSubmodules: NamedSubmodules = () => undefined

/**
 * Reads the text of a `.gitmodules` (gitmodules(5), in the syntax of git-config(1)): which URL belongs to which path. Nothing
 * else in it counts, such as commands to run for an update. What Git would take in two ways, or has taken for an option
 * or a path out of the repository, is refused: one submodule, or all when the text cannot be read.
 */
export function readGitmodules(text: string): NamedSubmodules {
  const sections = sectionsIn(text)
  if (sections === undefined) return () => ({ refused: 'a .gitmodules that cannot be read' })
  const byPath = new Map<string, NamedSubmodule>()
  for (const [name, { path, url }] of sections) {
    const [first = ''] = path
    const twice = byPath.has(first)
    byPath.set(first, twice ? { refused: 'two in .gitmodules for one path' } : judge(name, { path, url }))
  }
  return (path) => byPath.get(path)
}

/** Every value that a section gives, in its order. */
interface Section {
  readonly path: string[]
  readonly url: string[]
}

function judge(name: string, { path, url }: Section): NamedSubmodule {
  const [only] = url
  if (name === '' || /\p{Cc}/u.test(name) || name.split(/[/\\]/).includes('..')) {
    return { refused: 'a name in .gitmodules that leads elsewhere' }
  }
  if (path.length > 1 || url.length > 1) return { refused: 'two paths or URLs in .gitmodules' }
  if (only === undefined || only === '') return { refused: 'no URL in .gitmodules' }
  if (path.some((at) => at.startsWith('-') || at.split('/').some((part) => whyUnsafe(part) !== undefined))) {
    return { refused: 'a path in .gitmodules that leads elsewhere, or looks like an option' }
  }
  return { url: only }
}

const subsection = /^\[\s*submodule\s+"((?:[^"\\]|\\.)*)"\s*\]\s*(?:[#;].*)?$/i
const otherSection = /^\[[a-z0-9.-]+(?:\s+"(?:[^"\\]|\\.)*")?\s*\]\s*(?:[#;].*)?$/i

function sectionsIn(text: string): ReadonlyMap<string, Section> | undefined {
  const sections = new Map<string, Section>()
  let current: Section | undefined
  for (const raw of text.replace(/^\u{feff}/u, '').split(/\r?\n/)) {
    const line = raw.replace(/^[ \t]+/, '')
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue
    const name = subsection.exec(line)?.[1]?.replace(/\\(.)/g, '$1')
    if (name !== undefined) {
      current = sections.get(name) ?? { path: [], url: [] }
      sections.set(name, current)
      continue
    }
    if (otherSection.test(line)) {
      current = undefined
      continue
    }
    const [, key, given] = /^([a-z][a-z0-9-]*)[ \t]*(?:=[ \t]*(.*))?$/i.exec(line) ?? []
    const value = given === undefined ? '' : unquoted(given)
    if (key === undefined || value === undefined) return undefined
    if (key.toLowerCase() === 'path') current?.path.push(value)
    if (key.toLowerCase() === 'url') current?.url.push(value)
  }
  return sections
}

/** A value without its quotes, escapes and comment. Undefined when it goes on in the next line, or holds control characters. */
function unquoted(given: string): string | undefined {
  let value = ''
  /** Behind the last character that is no space outside of quotes. */
  let end = 0
  let isQuoted = false
  for (let at = 0; at < given.length; at++) {
    const character = given[at] ?? ''
    if (character === '"') {
      isQuoted = !isQuoted
      continue
    }
    if (!isQuoted && (character === '#' || character === ';')) break
    const escaped = character === '\\' ? given[++at] : undefined
    if (character === '\\' && escaped !== '"' && escaped !== '\\') return undefined
    value += escaped ?? character
    if (isQuoted || !/[ \t]/.test(character)) end = value.length
  }
  const trimmed = value.slice(0, end)
  return isQuoted || /\p{Cc}/u.test(trimmed) ? undefined : trimmed
}
