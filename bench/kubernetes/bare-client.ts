import { createInterface } from 'node:readline'
import { Agent } from 'undici'
import type { ControlPlane } from '../../tools/control-plane/index.ts'

/** An API server over undici and nothing else: what no engine can be faster than. */
export interface BareClient extends AsyncDisposable {
  /** Rejects any answer that is no success. */
  readonly patch: (path: string, body: string, contentType: string) => Promise<void>
  /** Server-side apply of one object, by force. */
  readonly apply: (collection: string, name: string, yaml: string) => Promise<void>
  /** Calls with every event of a collection from now on, and resolves when it stands. Ends with the client. */
  readonly watch: (collection: string, onEvent: (event: BareEvent) => void) => Promise<void>
}

/** One event of a watch. */
export interface BareEvent {
  readonly type: string
  // biome-ignore lint/suspicious/noExplicitAny: fields of objects of many kinds; a wrong one is never seen, and the bench hangs.
  readonly object: any
}

/** Its 16 connections are as many as ours has. HTTP/1.1, as ours. */
export function bareClient({ url, ca, admin }: ControlPlane): BareClient {
  const agent = new Agent({ connect: { ca }, connections: concurrency, pipelining: 1, allowH2: false })
  const watches = new Agent({ connect: { ca }, allowH2: false, bodyTimeout: 0 })
  const authorization = `Bearer ${admin.token}`
  const patch: BareClient['patch'] = async (path, body, contentType) => {
    const headers = { authorization, 'content-type': contentType, accept: 'application/json' }
    const { statusCode, body: answer } = await agent.request({
      origin: url,
      path,
      method: 'PATCH',
      headers,
      body,
    })
    const text = await answer.text()
    if (statusCode >= 300) throw new Error(`PATCH ${path} was answered with ${statusCode}: ${text}`)
    // A client that applies has to know what came of it.
    JSON.parse(text)
  }
  return {
    patch,
    apply: (collection, name, yaml) =>
      patch(`${collection}/${name}?fieldManager=bare&force=true`, yaml, 'application/apply-patch+yaml'),
    watch: async (collection, onEvent) => {
      const { body } = await watches.request({
        origin: url,
        path: `${collection}?watch=1&resourceVersion=0`,
        method: 'GET',
        headers: { authorization, accept: 'application/json' },
      })
      createInterface({ input: body })
        .on('line', (line) => onEvent(JSON.parse(line) as BareEvent))
        // Destroyed at the end of the bench.
        .on('error', () => undefined)
      body.on('error', () => undefined)
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([agent.destroy(), watches.destroy()])
    },
  }
}

/** Works at these, as many at once as there are connections. */
export async function sixteenAtOnce<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items.values()
  const worker = async (): Promise<void> => {
    for (const item of left) await work(item)
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}

const concurrency = 16
