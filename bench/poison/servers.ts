import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { KubernetesObject } from '@mooring/adapter-kubernetes'
import { crudTarget, type Target } from '@mooring/core'

/** An HTTP server on this machine. */
export interface Served extends AsyncDisposable {
  readonly url: string
}

/** An API of resources: each path is one, and exists once something was put there. */
export function serveResources(): Promise<Served> {
  const kept = new Map<string, string>()
  return serve((request, response) => {
    const path = request.url ?? ''
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      if (request.method === 'PUT') kept.set(path, Buffer.concat(parts).toString('utf8'))
      if (request.method === 'DELETE') kept.delete(path)
      const body = kept.get(path)
      response.writeHead(body === undefined ? 404 : 200).end(body)
    })
  })
}

/** A server that fails at everything. */
export const serveErrors = (): Promise<Served> =>
  serve((request, response) => {
    request.resume()
    response.writeHead(500).end('out of order')
  })

/** A server that takes every request and never answers. */
export const serveSilence = (): Promise<Served> => serve((request) => void request.resume())

async function serve(listener: RequestListener): Promise<Served> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** A target over the API of resources, which knows nothing of the others there. */
export function apiTarget(name: string, url: string): Target<KubernetesObject> {
  const at = (key: string): string => `${url}/${name}/${key}`
  const put = async (manifest: KubernetesObject, signal: AbortSignal): Promise<void> => {
    const answer = await fetch(at(keyOf(manifest)), {
      method: 'PUT',
      body: JSON.stringify(manifest),
      signal,
    })
    await answer.text()
  }
  return crudTarget<KubernetesObject>({
    name,
    key: keyOf,
    read: async (key, { signal }) => {
      const answer = await fetch(at(key), { signal })
      const body = await answer.text()
      return answer.ok ? (JSON.parse(body) as KubernetesObject) : undefined
    },
    create: (manifest, { signal }) => put(manifest, signal),
    update: (manifest, _, { signal }) => put(manifest, signal),
    delete: async (key, _, { signal }) => void (await fetch(at(key), { method: 'DELETE', signal })),
  })
}

const keyOf = ({ kind, metadata }: KubernetesObject): string => `${kind}/${metadata.name}`
