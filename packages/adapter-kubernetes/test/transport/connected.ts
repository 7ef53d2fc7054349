import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, expect } from 'vitest'
import { type ConnectionOptions, createConnection } from '../../src/connection/connection.ts'
import type { Api } from '../../src/transport/api.ts'
import { type ApiOptions, createApi } from '../../src/transport/create-api.ts'

const ends: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** A connected API, closed after the test. */
export function connected(options: ConnectionOptions, apiOptions: ApiOptions = {}): Api & AsyncDisposable {
  const connection = createConnection(options)
  const api = createApi(connection, apiOptions)
  ends.push(async () => {
    connection.close()
    await api[Symbol.asyncDispose]()
  })
  return api
}

/** Resolves when the headers of the next request to this path have been sent. */
export function sent(path: string): Promise<void> {
  const channel = 'undici:client:sendHeaders'
  return new Promise((resolve) => {
    const see = (message: unknown): void => {
      if (!(message as { readonly request: { readonly path: string } }).request.path.startsWith(path)) return
      unsubscribe(channel, see)
      resolve()
    }
    subscribe(channel, see)
    ends.push(() => void unsubscribe(channel, see))
  })
}

/** What a promise was rejected with. */
export const errorOf = (
  promise: Promise<unknown>,
): Promise<{ code: string; message: string; hint?: string }> =>
  promise.then(
    (value) => expect.fail(`It should have failed, and gave ${JSON.stringify(value)}`),
    (error) => error,
  )

/** A kubeconfig with one context. */
export const kubeconfig = (
  server: string,
  user: object = {},
  cluster: object = {},
): { readonly text: string } => ({
  text: JSON.stringify({
    clusters: [{ name: 'here', cluster: { server, ...cluster } }],
    users: [{ name: 'me', user }],
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'me' } }],
    'current-context': 'here',
  }),
})
