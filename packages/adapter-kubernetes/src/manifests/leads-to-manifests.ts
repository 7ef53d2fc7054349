import { isMooringError, type Snapshot } from '@mooring/core'
import { mayHoldManifests } from './file-names.ts'

/**
 * Whether there could be manifests behind a symbolic link: it is called like one, or leads to a folder. One that leads
 * out of the repository may, because nobody can look. A link to a licence or a script is no concern of ours.
 */
export async function leadsToManifests(
  link: string,
  snapshot: Snapshot,
  signal: AbortSignal,
): Promise<boolean> {
  if (mayHoldManifests(link)) return true
  const named = new TextDecoder().decode(await snapshot.read(link, { signal }))
  const target = targetOf(link, named)
  return target === undefined || isFolder(target, snapshot, signal)
}

/** The path in the snapshot that a link names, or undefined if that lies outside. */
function targetOf(link: string, named: string): string | undefined {
  if (named.startsWith('/')) return undefined
  const parts = link.split('/').slice(0, -1)
  for (const part of named.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return parts.join('/')
}

async function isFolder(path: string, snapshot: Snapshot, signal: AbortSignal): Promise<boolean> {
  if ((await snapshot.digestOf(path, { signal })) === undefined) return false
  try {
    for await (const _ of snapshot.list(path, { signal })) return true
    return true
  } catch (thrown) {
    if (isMooringError(thrown) && thrown.code === 'PATH_NOT_FOUND') return false
    throw thrown
  }
}
