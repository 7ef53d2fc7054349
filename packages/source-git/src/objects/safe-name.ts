const maxNameLength = 255

/**
 * Why a name must not stand in a folder, undefined when it may. Git itself never writes such names, and some of them
 * would lead out of the folder or into a `.git` on one system or another.
 */
export function whyUnsafe(name: string | undefined): string | undefined {
  if (name === undefined) return 'is not UTF-8'
  if (name === '') return 'is empty'
  if (name === '.' || name === '..') return 'leads to another folder'
  if (name.length > maxNameLength) return `is longer than ${maxNameLength} characters`
  if (/[/\\]/.test(name)) return 'has a slash or backslash'
  if (/\p{Cc}/u.test(name)) return 'has control characters'
  if (looksLikeGitFolder(name)) return 'stands for a .git folder'
  return undefined
}

/** As file systems see it that ignore case, invisible characters (Apple) or dots and spaces at the end (Windows). */
function looksLikeGitFolder(name: string): boolean {
  const seen = name
    .replace(/\p{Cf}/gu, '')
    .replace(/[. ]+$/, '')
    .replace(/:.*$/, '')
    .toLowerCase()
  return seen === '.git' || seen === 'git~1'
}
