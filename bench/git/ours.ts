import type { Revision, Snapshot } from '@mooring/core'
import { gitSource } from '@mooring/source-git'
import { changedFiles, follow } from './steps.ts'

const { signal } = new AbortController()
const source = gitSource({ url: process.argv[2] ?? '' })
let since: Revision | undefined
let snapshot: Snapshot | undefined

async function resolve(): Promise<Snapshot> {
  const { revision } = await source.resolve({ signal, ...(since && { since }) })
  if (snapshot?.revision.id === revision.id) return snapshot
  since = revision
  await snapshot?.[Symbol.asyncDispose]()
  snapshot = await source.open(revision, { signal })
  return snapshot
}

/** As a renderer does: a few at a time. */
async function readAll(opened: Snapshot, paths: readonly string[]): Promise<number> {
  let next = 0
  const reader = async (): Promise<void> => {
    for (let path = paths[next++]; path !== undefined; path = paths[next++])
      await opened.read(path, { signal })
  }
  await Promise.all(Array.from({ length: 16 }, reader))
  return paths.length
}

follow({
  look: async (path) => {
    const opened = await resolve()
    const paths: string[] = []
    for await (const entry of opened.list(path, { signal })) paths.push(entry.path)
    return readAll(opened, paths)
  },
  poll: async () => {
    await resolve()
    return 0
  },
  news: async () => readAll(await resolve(), changedFiles),
  end: async () => source[Symbol.asyncDispose](),
})
