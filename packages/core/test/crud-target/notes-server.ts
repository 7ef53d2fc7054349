import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** What people write. A type, not an interface: the JSON renderer of the kit wants an index signature. */
export type Note = {
  readonly id: string
  readonly title: string
  readonly token?: string
  readonly tags?: readonly string[]
}

/** What the server makes of it. */
export type LiveNote = Note & {
  readonly createdAt: string
  readonly revision: number
  /** Grows with every look, as a count of visits does; only with `counting`. */
  readonly visits?: number
}

/** Answers one request in place of the server, or leaves it to the server by giving undefined. */
type Trouble = (method: string, path: string, response: ServerResponse) => true | undefined

/** A small HTTP API for notes, and what other people and accidents do to it. */
export interface NotesServer extends AsyncDisposable {
  readonly url: string
  readonly notes: Map<string, LiveNote>
  /** Somebody writes without asking anybody. */
  readonly put: (note: Note) => void
  readonly edit: (id: string, fields: Partial<LiveNote>) => void
  /** What was done to the server, such as `PUT /notes/a`; reading left out. */
  readonly writes: readonly string[]
  /** From now on. Undefined ends it. */
  readonly trouble: (trouble: Trouble | undefined) => void
  /** The list leaves out all but this many. */
  readonly cutListTo: (length: number) => void
}

/** Starts the API on a port of its own. */
export async function notesServer({ counting = false } = {}): Promise<NotesServer> {
  const notes = new Map<string, LiveNote>()
  const writes: string[] = []
  let revision = 0
  let listed = Number.POSITIVE_INFINITY
  let trouble: Trouble | undefined

  const save = (note: Note): LiveNote => {
    const createdAt = notes.get(note.id)?.createdAt ?? `2025-01-01T00:00:0${revision % 10}Z`
    const saved = { ...note, createdAt, revision: ++revision, ...(counting && { visits: 0 }) }
    notes.set(note.id, saved)
    return saved
  }
  const look = (id: string): LiveNote | undefined => {
    const note = notes.get(id)
    if (note?.visits !== undefined) notes.set(id, { ...note, visits: note.visits + 1 })
    return note
  }
  const answer = (method: string, id: string, body: string): [status: number, content?: unknown] => {
    if (id === '') return [200, [...notes.values()].slice(0, listed)]
    if (method === 'POST') return notes.has(id) ? [409] : [201, save(JSON.parse(body) as Note)]
    if (!notes.has(id)) return [404]
    if (method === 'GET') return [200, look(id)]
    if (method === 'PUT') return [200, save(JSON.parse(body) as Note)]
    notes.delete(id)
    return [204]
  }
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '/' } = request
    if (method !== 'GET') writes.push(`${method} ${url}`)
    const body = await text(request)
    if (trouble?.(method, url, response)) return
    const [status, content] = answer(method, decodeURIComponent(url.slice('/notes/'.length)), body)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(content === undefined ? undefined : JSON.stringify(content))
  }

  const server = createServer((request, response) => void handle(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    notes,
    put: save,
    edit: (id, fields) =>
      void notes.set(id, { ...(notes.get(id) as LiveNote), revision: ++revision, ...fields }),
    writes,
    trouble: (now) => {
      trouble = now
    },
    cutListTo: (length) => {
      listed = length
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
