import type { CrudTargetOptions } from '@mooring/core'
import { describeTarget, type TargetHarness } from '@mooring/core/testing'
import { describe, test } from 'vitest'
import { type LiveNote, type Note, type NotesServer, notesServer } from './notes-server.ts'
import { listNotes, notesTarget } from './notes-target.ts'

type More = Partial<CrudTargetOptions<Note, LiveNote>>

const variants: Readonly<Record<string, (server: NotesServer) => More>> = {
  'four functions': () => ({}),
  'a list': ({ url }) => ({ list: listNotes(url) }),
  'a list that is cut short': (server) => {
    server.cutListTo(1)
    return { list: listNotes(server.url) }
  },
  'a comparison of its own': () => ({
    compare: (note, live) => note.title.toLowerCase() === live.title.toLowerCase(),
  }),
  'a version of its own': () => ({ version: ({ revision }) => String(revision) }),
  'health and labels': () => ({
    label: ({ id }) => `Note ${id}`,
    health: ({ tags }) => ({ state: tags?.includes('broken') ? 'degraded' : 'healthy' }),
  }),
}

for (const [variant, more] of Object.entries(variants)) {
  describe(`crudTarget with ${variant}`, () => {
    describeTarget({ describe, test, make: () => harness(more) })
  })
}

async function harness(more: (server: NotesServer) => More): Promise<TargetHarness<Note>> {
  const server = await notesServer()
  const target = notesTarget(server.url, {
    mask: ({ token, ...note }) => ({ ...note, ...(token !== undefined && { token: '***' }) }),
    ...more(server),
  })
  let edits = 0
  return {
    target,
    manifests: [
      { id: 'a', title: 'A', tags: ['x'] },
      { id: 'b', title: 'B' },
      { id: 'c', title: 'C' },
    ],
    changed: (note) => ({ ...note, title: `${note.title} changed`, tags: ['changed'] }),
    tamper: async (id) => server.edit(id, { title: `tampered ${++edits}` }),
    occupy: async (note) => server.put(note),
    invalid: [{ title: 'no id' }, { id: '', title: 'empty id' }, null] as unknown as Note[],
    secret: { manifest: { id: 'vault', title: 'V', token: 'hunter2' }, value: 'hunter2' },
    close: async () => {
      await target[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}
