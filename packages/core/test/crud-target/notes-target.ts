import { type CrudTargetOptions, crudTarget, type Target } from '@mooring/core'
import type { LiveNote, Note } from './notes-server.ts'

/** The notes of a server as a target, the way an embedder would write it. */
export function notesTarget(
  url: string,
  more: Partial<CrudTargetOptions<Note, LiveNote>> = {},
): Target<Note> {
  return crudTarget<Note, LiveNote>({
    name: 'notes',
    identity: url,
    key: (note) => note.id,
    read: (id, { signal }) => ask(`${url}/notes/${id}`, 'GET', signal),
    create: (note, { signal }) => ask(`${url}/notes/${note.id}`, 'POST', signal, note),
    update: (note, _live, { signal }) => ask(`${url}/notes/${note.id}`, 'PUT', signal, note),
    delete: async (id, _live, { signal }) => void (await ask(`${url}/notes/${id}`, 'DELETE', signal)),
    ...more,
  })
}

/** Everything in one request. */
export const listNotes =
  (url: string): NonNullable<CrudTargetOptions<Note, LiveNote>['list']> =>
  async ({ signal }) =>
    (await (await fetch(`${url}/notes/`, { signal })).json()) as LiveNote[]

async function ask(
  url: string,
  method: string,
  signal: AbortSignal,
  note?: Note,
): Promise<LiveNote | undefined> {
  const response = await fetch(url, { method, signal, ...(note && { body: JSON.stringify(note) }) })
  if (response.status === 404 || response.status === 204) return undefined
  if (!response.ok) throw new Error(`Expected ${method} ${url} to succeed, got status ${response.status}`)
  return (await response.json()) as LiveNote
}
