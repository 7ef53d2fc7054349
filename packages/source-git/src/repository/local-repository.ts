import { isMooringError } from '@mooring/core'
import { type ObjectReader, readKind } from '../objects/object-reader.ts'
import { readLocalObjects } from '../objects/read-local-objects.ts'
import { findGitFolder, unreadable } from './git-folder.ts'
import { listRefs, readRef } from './local-refs.ts'
import { labelOf, refLookup } from './ref-lookup.ts'
import { refNotFound } from './ref-not-found.ts'
import type { Repository } from './repository.ts'
import { noTraffic } from './traffic.ts'

const maxTagHops = 5

/**
 * A repository of this machine, read where it is: nothing is copied and nothing written. Whoever commits, fetches or
 * repacks there need not care.
 */
export function localRepository(folder: string): Repository {
  // Peeling a tag reads objects, which a poll that finds nothing new should not.
  let lastTag: { readonly id: string; readonly commit: string } | undefined
  const readable = async <Value>(signal: AbortSignal, work: () => Promise<Value>): Promise<Value> => {
    try {
      const value = await work()
      signal.throwIfAborted()
      return value
    } catch (thrown) {
      if (isMooringError(thrown) || signal.aborted) throw thrown
      throw unreadable(folder, thrown)
    }
  }

  return {
    tip: (ref, signal) =>
      readable(signal, async () => {
        const found = await findGitFolder(folder)
        const { prefix, choose } = refLookup(ref)
        // A name that is known is not looked for in a list: a repository may have a hundred thousand others.
        const name = 'semver' in ref ? await choose(await listRefs(found.refs), signal) : prefix
        const id = name === undefined ? undefined : await readRef(found.refs, name)
        if (name === undefined || id === undefined) throw refNotFound(ref, folder, await listRefs(found.refs))
        const label = labelOf(ref, name)
        if (name.startsWith('refs/heads/')) return { commit: id, label }
        if (lastTag?.id !== id) {
          lastTag = { id, commit: await peel(readLocalObjects(found.objects, folder), id, folder) }
        }
        const { commit } = lastTag
        return commit === id ? { commit, label } : { commit, label, tag: { id, name } }
      }),

    obtain: (commit, { signal }) =>
      readable(signal, async () => {
        const { objects } = await findGitFolder(folder)
        const reader = readLocalObjects(objects, folder)
        if ((await reader.read(commit))?.type !== 'commit') return undefined
        return {
          reader,
          // Whatever is not here is missing.
          bring: async () => true,
          bringTag: async () => true,
          distrust: () => undefined,
          release: async () => reader.forget(),
        }
      }),

    traffic: () => noTraffic,
    dispose: async () => undefined,
  }
}

/** The object that an annotated tag leads to; anything else is what it is. */
async function peel(reader: ObjectReader, id: string, place: string): Promise<string> {
  let current = id
  for (let hop = 0; hop < maxTagHops; hop++) {
    if ((await reader.read(current))?.type !== 'tag') return current
    const content = await readKind(reader, current, 'tag', place)
    const target = /^object ([0-9a-f]{40})$/m.exec(Buffer.from(content).toString('latin1'))?.[1]
    if (target === undefined) return current
    current = target
  }
  return current
}
