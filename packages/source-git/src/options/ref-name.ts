/** Why a text is no short name of a branch or tag, by the rules of `git check-ref-format`; undefined when it is one. */
export function whyNoRefName(name: string): string | undefined {
  if (name === '' || name === '@') return 'it is empty or @'
  if (name.startsWith('-')) return 'it begins with a dash'
  if (name.startsWith('refs/')) return 'it is a full name: leave out refs/heads/ or refs/tags/'
  if (name === 'HEAD') return 'HEAD names no branch: give the branch it points at'
  return whyBadFormat(name)
}

/** Why a text is no full name of a ref, such as `refs/pull/7/head`; undefined when it is one. */
export function whyNoFullRefName(name: string): string | undefined {
  if (!/^refs\/[^/]+\/./.test(name)) return 'it does not begin with refs/, a kind and another slash'
  return whyBadFormat(name)
}

/** Whether a full name such as `refs/heads/main`, maybe one a server made up, is a proper one. */
export const isFullRefName = (name: string): boolean =>
  /^refs\/(heads|tags)\/./.test(name) && whyBadFormat(name) === undefined

function whyBadFormat(name: string): string | undefined {
  if (name.length > 250) return 'it is longer than 250 characters'
  if (/\p{Cc}/u.test(name)) return 'it has control characters'
  if (/[ ~^:?*[\\]/.test(name)) return 'it has a space or one of ~ ^ : ? * [ and backslash'
  if (name.includes('..') || name.includes('@{')) return 'it has .. or @{'
  if (name.endsWith('.')) return 'it ends in a dot'
  if (name.split('/').some((part) => part === '')) return 'it has an empty part'
  if (name.split('/').some((part) => part.startsWith('.') || part.endsWith('.lock'))) {
    return 'a part of it begins with a dot or ends in .lock'
  }
  return undefined
}
