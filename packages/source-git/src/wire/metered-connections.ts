import type { GitConnections } from './git-server.ts'

/** Is told of each request that was sent, and of the bytes of its answer as they come. */
export interface LineCounts {
  readonly onRequest: () => void
  readonly onBytes: (bytes: number) => void
}

/** The same connections, counted. */
export function meteredConnections(connections: GitConnections, counts: LineCounts): GitConnections {
  async function* counted(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      counts.onBytes(chunk.byteLength)
      yield chunk
    }
  }
  return {
    ...connections,
    ask: async (request) => {
      counts.onRequest()
      const answer = await connections.ask(request)
      return { ...answer, body: counted(answer.body) }
    },
  }
}
