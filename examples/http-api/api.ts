// A small HTTP API for notes, standing for a system Mooring never heard of. It knows nothing of Mooring, and adds fields
// of its own to what people write.
import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** What people write. */
export interface Note {
  readonly id: string
  readonly title: string
  readonly text: string
}

/** What the API gives back. */
export interface LiveNote extends Note {
  readonly createdAt: string
  /** Another one after each write. A write may name the one it is about, in `If-Match`. */
  readonly revision: number
}

/**
 * Starts the API on a free port of this machine.
 *
 *     GET    /notes       all notes
 *     GET    /notes/:id   200, or 404
 *     POST   /notes/:id   201, or 409 where it exists
 *     PUT    /notes/:id   200, 404, or 412 where `If-Match` names another revision
 *     DELETE /notes/:id   204, 404, or 412
 *     GET    /changes     the id of each note that is written, one a line, as it happens
 */
export async function notesApi(): Promise<{ readonly url: string } & AsyncDisposable> {
  const notes = new Map<string, LiveNote>()
  const changes = new EventEmitter()
  let revision = 0

  const save = (note: Note, createdAt: string): LiveNote => {
    const saved = { ...note, createdAt, revision: ++revision }
    notes.set(note.id, saved)
    changes.emit('id', note.id)
    return saved
  }
  const answer = async (request: IncomingMessage, id: string): Promise<[status: number, body?: unknown]> => {
    if (id === '') return [200, [...notes.values()]]
    const note = notes.get(id)
    const ifMatch = request.headers['if-match']
    if (request.method === 'POST') {
      return note ? [409] : [201, save((await json(request)) as Note, new Date().toISOString())]
    }
    if (note === undefined) return [404]
    if (request.method === 'GET') return [200, note]
    if (ifMatch !== undefined && ifMatch !== String(note.revision)) return [412]
    if (request.method === 'PUT') return [200, save((await json(request)) as Note, note.createdAt)]
    notes.delete(id)
    changes.emit('id', id)
    return [204]
  }

  const follow = (response: ServerResponse): void => {
    const tell = (id: string) => response.write(`${id}\n`)
    changes.on('id', tell)
    response.on('close', () => changes.off('id', tell))
    response.flushHeaders()
  }
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url === '/changes') return follow(response)
    const id = decodeURIComponent((request.url ?? '').slice('/notes/'.length))
    const [status, body] = await answer(request, id)
    response.writeHead(status, { 'content-type': 'application/json' }).end(body && JSON.stringify(body))
  }

  const server = createServer((request, response) => void serve(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
