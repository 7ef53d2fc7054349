import ignore from 'ignore'
import { checkCost } from './check-cost.ts'

/** Whether a path is left out. A folder's path ends with `/`. */
export type IgnoreFilter = (path: string) => boolean

/**
 * What these lines leave out, read as a `.gitignore` at the root: later lines win, `!` takes back in, and nothing below a
 * folder that is left out can be taken back in. Letters count as they are written. Paths are relative, with `/`; one that
 * leaves the root, or is absolute, is never left out.
 *
 * The rules are Git's (gitignore(5)), by the library `ignore`. Throws `IGNORE_RULES_TOO_COSTLY` for lines that could keep
 * the event loop busy.
 *
 * @example
 * ```ts
 * const isIgnored = ignoreFilter(['*.md', '!README.md', '/drafts/'])
 * isIgnored('docs/notes.md') // true
 * isIgnored('drafts/web.yaml') // true
 * ```
 */
export function ignoreFilter(lines: readonly string[]): IgnoreFilter {
  checkCost(lines, 'the lines given')
  const rules = ignore({ ignorecase: false }).add([...lines])
  return (path) => ignore.isPathValid(path) && rules.ignores(path)
}

/**
 * The lines of an ignore file in a folder as they would stand at the root. Pure. Lines that Git skips (empty, comments, a slash alone)
 * are left out.
 */
export function linesBelow(folder: string, text: string): readonly string[] {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => !/^(?:#|!?\/?\s*$)/.test(line))
  if (folder === '') return lines
  const place = `/${folder.replace(/[\\*?[\]]/g, '\\$&')}/`
  return lines.map((line) => {
    const isTakenBack = line.startsWith('!')
    const pattern = (isTakenBack ? line.slice(1) : line).trimStart()
    // A slash before the end ties a pattern to the folder it stands in; without one it holds at any depth.
    const isTied = /\/./.test(pattern.replace(/\/\s*$/, ''))
    const tied = isTied || pattern.startsWith('/') ? pattern.replace(/^\//, '') : `**/${pattern}`
    return `${isTakenBack ? '!' : ''}${place}${tied}`
  })
}
