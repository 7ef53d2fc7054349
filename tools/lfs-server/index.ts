import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** A file that the server keeps, and what stands in a repository for it. */
export interface KeptFile {
  readonly oid: string
  readonly size: number
  readonly pointer: string
}

/** One object of an answer of the batch API. */
export interface BatchObject {
  readonly oid: string
  readonly size: number
  readonly [field: string]: unknown
}

/** What the server does differently from a good one. */
export interface LfsServerOptions {
  /** What the batch API wants to be shown. Default: nothing. */
  readonly authorization?: string
  /** Answers a question, in place of the server: true when it has. */
  readonly onBatch?: (response: ServerResponse, objects: readonly BatchObject[]) => boolean | undefined
  /** Changes what is said of an object. */
  readonly object?: (object: BatchObject) => BatchObject | undefined
  /** Gives out an object, in place of the server: true when it has. */
  readonly onContent?: (response: ServerResponse, content: Buffer) => boolean | undefined
}

/** One request that came in. */
export interface LfsRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  /** How many objects were asked for. */
  readonly objects?: number
}

/** An LFS server in memory: to be put in front of a Git server, which then has both, as forges do. */
export interface LfsServer {
  /** Keeps a file. */
  readonly put: (content: string | Buffer) => KeptFile
  /** Answers what is for LFS; gives undefined for anything else. */
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => Promise<boolean | undefined>
  /** Everything asked so far, oldest first. */
  readonly requests: () => readonly LfsRequest[]
}

const media = { 'content-type': 'application/vnd.git-lfs+json' }

/** Content is given out only to whoever shows what the batch API said to show, which is never the authorization of that. */
export function lfsServer(options: LfsServerOptions = {}): LfsServer {
  const kept = new Map<string, Buffer>()
  const requests: LfsRequest[] = []

  const put = (given: string | Buffer): KeptFile => {
    const content = Buffer.from(given)
    const oid = createHash('sha256').update(content).digest('hex')
    kept.set(oid, content)
    const size = content.byteLength
    return {
      oid,
      size,
      pointer: `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${size}\n`,
    }
  }

  const objectOf = (
    operation: string,
    { oid, size }: BatchObject,
    origin: string,
  ): BatchObject | undefined => {
    const here = kept.get(oid)
    const place = {
      href: `${origin}/lfs-content/${oid}?signed=${passOf(oid)}`,
      header: { 'X-Pass': passOf(oid) },
    }
    const plain =
      operation === 'upload'
        ? { oid, size, ...(here === undefined && { actions: { upload: place } }) }
        : here === undefined
          ? { oid, size, error: { code: 404, message: 'Object does not exist' } }
          : { oid, size: here.byteLength, actions: { download: place } }
    return options.object === undefined ? plain : options.object(plain)
  }

  const answerBatch = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (options.authorization !== undefined && request.headers.authorization !== options.authorization) {
      response.writeHead(401, { ...media, 'lfs-authenticate': 'Basic realm="lfs"' }).end('{"message":"who?"}')
      return
    }
    const asked = JSON.parse((await bodyOf(request)).toString()) as {
      readonly operation: string
      readonly objects: readonly BatchObject[]
    }
    requests.push({ ...requests.pop(), ...summary(request), objects: asked.objects.length })
    if (options.onBatch?.(response, asked.objects) === true) return
    const origin = `http${'encrypted' in request.socket ? 's' : ''}://${request.headers.host ?? ''}`
    const objects = asked.objects.flatMap((object) => objectOf(asked.operation, object, origin) ?? [])
    response.writeHead(200, media).end(JSON.stringify({ transfer: 'basic', objects }))
  }

  const answerContent = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const oid = /^\/lfs-content\/([0-9a-f]{64})/.exec(request.url ?? '')?.[1] ?? ''
    if (request.headers['x-pass'] !== passOf(oid)) return void response.writeHead(403).end()
    if (request.method === 'PUT') {
      put(await bodyOf(request))
      return void response.writeHead(200).end()
    }
    const content = kept.get(oid)
    if (content === undefined) return void response.writeHead(404).end()
    if (options.onContent?.(response, content) !== true) response.writeHead(200).end(content)
  }

  return {
    put,
    requests: () => [...requests],
    onRequest: async (request, response) => {
      const isBatch = /\/info\/lfs\/objects\/batch$/.test(request.url ?? '')
      const isContent = (request.url ?? '').startsWith('/lfs-content/')
      if (!isBatch && !isContent) return undefined
      requests.push(summary(request))
      await (isBatch ? answerBatch(request, response) : answerContent(request, response))
      return true
    },
  }
}

const summary = ({ method = '', url = '', headers }: IncomingMessage): LfsRequest => ({
  method,
  path: url,
  headers,
})

const passOf = (oid: string): string =>
  `pass-${createHash('sha256').update(`pass ${oid}`).digest('hex').slice(0, 16)}`

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
