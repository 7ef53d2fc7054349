// The same target on the bare port. More to write than with crudTarget, and more to say: the API itself holds writes to
// the revision they are about, so no edit can slip in between a look and a write (`atomic`).
import { canonicalJson, type Call, type Change, expectationNotMet, expectLive, isMooringError } from '@mooring/core'
import { type ApplyResult, type Observation, ownedFields, prepareByKey, type Target } from '@mooring/core'
import type { LiveNote, Note } from './api.ts'
import { send } from './client.ts'
import { changedNotes } from './changed-notes.ts'

/** The notes of an API as a target, with hints at what others write. */
export function notes(api: string): Target<Note> {
  const urlOf = (id: string): string => `${api}/notes/${encodeURIComponent(id)}`
  const read = (id: string, { signal }: Call) => send<LiveNote>('GET', urlOf(id), { signal })

  return {
    name: 'notes',
    supports: { marks: false, uids: false, versions: true, atomic: true, staleMs: 0 },
    identity: async ({ signal }) => {
      signal.throwIfAborted()
      return api
    },
    prepare: async (manifests, call) => ({
      desired: prepareByKey({ key: (note) => note.id, label: (note) => `note ${note.id}` }, manifests, call),
      waiting: [],
    }),
    observe: async (keys, call) => {
      const live = await Promise.all(keys.map((key) => read(key, call)))
      return new Map(live.flatMap((note) => (note ? [[note.id, observationOf(note, call)]] : [])))
    },
    preview: async ({ key, action, desired }, call) => {
      const live = await read(key, call)
      const before = live && written(live)
      const after = action === 'release' ? before : desired?.manifest
      return { ...(before && { before: { ...before } }), ...(after && { after: { ...after } }) }
    },
    apply: async (change, call) => { },
    watch: ({ signal }) => changedNotes(api, signal),
    [Symbol.asyncDispose]: async () => {},
  }
}
