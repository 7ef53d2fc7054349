// The same target on the bare port. It has more to write than with crudTarget, and more to promise: the API holds each
// write to the revision it is about, so that no edit slips in between a look and a write (`atomic`).
import type { Call, Observation, Target } from '@mooring/core'
import { canonicalJson, expectLive, prepareByKey } from '@mooring/core'
import type { LiveNote, Note } from './api.ts'
import { changedNotes } from './changed-notes.ts'
import { send } from './client.ts'

/** The notes of an API as a target, with hints at what others write. */
export function notes(api: string): Target<Note> {
  const urlOf = (id: string): string => `${api}/notes/${encodeURIComponent(id)}`
  const read = (id: string, { signal }: Call) => send<LiveNote | undefined>('GET', urlOf(id), { signal })
  return {
    name: 'notes',
    supports: { marks: false, uids: false, versions: true, atomic: true, staleMs: 0 },
    identity: async ({ signal }) => {
      signal.throwIfAborted()
      return api
    },
    prepare: async (manifests, call) =>
      prepareByKey({ key: ({ id }) => id, label: ({ id }) => `note ${id}` }, manifests, call),
    observe: async (keys, call) => {
      const listed = await send<LiveNote[]>('GET', `${api}/notes`, { signal: call.signal })
      const byId = new Map(listed.map((note) => [note.id, note]))
      // A list may be cut short: that a note does not exist is believed only of a look at that note.
      const live = await Promise.all(keys.map(async (key) => byId.get(key) ?? read(key, call)))
      return new Map(live.flatMap((note) => (note ? [[note.id, observationOf(note, call)]] : [])))
    },
    preview: async ({ key, action, desired }, call) => {
      const live = await read(key, call)
      const after = action === 'release' ? live : desired?.manifest
      return { ...(live && { before: ours(live) }), ...(after && { after: ours(after) }) }
    },
    apply: async (change, call) => {
      const { key, action, desired } = change
      const live = await read(key, call)
      expectLive(change, live && observationOf(live, call))
      const isAsDesired = live !== undefined && desired?.digest === digestOf(live, call)
      if (live && (action === 'release' || (action === 'update' && isAsDesired))) {
        return { outcome: 'unchanged', observation: observationOf(live, call) }
      }
      const about = { signal: call.signal, ifMatch: live?.revision }
      if (live && action !== 'update') await send<void>('DELETE', urlOf(key), about)
      if (desired === undefined) return { outcome: 'changed' }
      const method = action === 'update' ? 'PUT' : 'POST'
      const saved = await send<LiveNote>(method, urlOf(key), { ...about, body: desired.manifest })
      return { outcome: 'changed', observation: observationOf(saved, call) }
    },
    watch: ({ signal }) => changedNotes(api, signal),
    [Symbol.asyncDispose]: async () => {},
  }
}

/** What we own in a note: what people write, and nothing that the API adds. */
const ours = ({ id, title, text }: Note) => ({ id, title, text })
const digestOf = (note: Note, { digest }: Call): string => digest(canonicalJson(ours(note)))

const observationOf = (note: LiveNote, call: Call): Observation => ({
  key: note.id,
  version: String(note.revision),
  fingerprint: digestOf(note, call),
  health: { state: 'healthy' },
})
