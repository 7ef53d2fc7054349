/**
 * A path of the snapshot named from a folder of it: `..` goes up, a leading `/` starts at the root. Undefined when it leads
 * out of the snapshot.
 */
export function pathFrom(folder: string, path: string): string | undefined {
  const parts: string[] = []
  for (const part of `${path.startsWith('/') ? '' : `${folder}/`}${path}`.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return parts.join('/')
}
