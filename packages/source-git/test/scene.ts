import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isMooringError, type MooringError, type Snapshot, type Source } from '@mooring/core'
import { onTestFinished } from 'vitest'
import { type GitServer, type GitServerOptions, serveGit } from '../../../tools/git-http-server/index.ts'
import { type TestRepository, testRepository } from '../../../tools/git-repository/index.ts'
import { type GitSource, type GitSourceOptions, gitSource } from '../src/index.ts'

/** A signal that is never aborted. */
export const calm: AbortSignal = new AbortController().signal

/** A repository that goes when the test ends. */
export async function newRepository(): Promise<TestRepository> {
  return endWithTest(await testRepository())
}

/** A repository behind HTTP. */
export async function served(
  repository: TestRepository,
  options: Omit<GitServerOptions, 'root'> = {},
): Promise<{ readonly url: string; readonly server: GitServer }> {
  const server = endWithTest(await serveGit({ root: repository.root, ...options }))
  return { url: `${server.url}/${repository.name}`, server }
}

/** A source that is disposed when the test ends. */
export const newSource = (options: GitSourceOptions): GitSource => endWithTest(gitSource(options))

/** A server that is no Git server. Gives its address. */
export async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  endWithTest({
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
    },
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Disposes something when the test ends. */
export function endWithTest<Thing extends AsyncDisposable>(thing: Thing): Thing {
  onTestFinished(async () => thing[Symbol.asyncDispose]())
  return thing
}

/** The Mooring error something throws. */
export async function errorOf(work: Promise<unknown> | (() => unknown)): Promise<MooringError> {
  try {
    await (typeof work === 'function' ? work() : work)
  } catch (thrown) {
    if (isMooringError(thrown)) return thrown
    throw thrown
  }
  throw new Error('Expected an error, found none')
}

/** Opens what a source says should be live now. */
export async function openNewest(source: Source): Promise<Snapshot> {
  const { revision } = await source.resolve({ signal: calm })
  return endWithTest(await source.open(revision, { signal: calm }))
}

/** A file as text. */
export const textAt = async (snapshot: Snapshot, path: string): Promise<string> =>
  Buffer.from(await snapshot.read(path, { signal: calm })).toString('utf8')

/** Every path below a folder with what is there. */
export async function listed(snapshot: Snapshot, path = ''): Promise<Readonly<Record<string, string>>> {
  const entries: Record<string, string> = {}
  for await (const entry of snapshot.list(path, { signal: calm })) entries[entry.path] = entry.kind
  return entries
}
