// A whole target in five requests. crudTarget does the rest: expectations, drift, previews, confirmed deletes.
import { crudTarget, type Target } from '@mooring/core'
import type { LiveNote, Note } from './api.ts'
import { send } from './client.ts'

/** The notes of an API as a target. */
export function notes(api: string): Target<Note> {
  const urlOf = (id: string): string => `${api}/notes/${encodeURIComponent(id)}`
  return crudTarget<Note, LiveNote>({
    name: 'notes',
    identity: api,
    key: (note) => note.id,
    label: (note) => `note ${note.id}`,
    read: (id, { signal }) => send<LiveNote | undefined>('GET', urlOf(id), { signal }),
    list: ({ signal }) => send<LiveNote[]>('GET', `${api}/notes`, { signal }),
    create: (note, { signal }) => send<LiveNote>('POST', urlOf(note.id), { signal, body: note }),
    update: (note, { revision }, { signal }) =>
      send<LiveNote>('PUT', urlOf(note.id), { signal, body: note, ifMatch: revision }),
    delete: (id, { revision }, { signal }) => send<void>('DELETE', urlOf(id), { signal, ifMatch: revision }),
  })
}
