import { describeRenderer, describeTarget } from '@mooring/core/testing'
import { describe, test } from 'vitest'
import { type Note, notesApi } from './api.ts'
import { notes as crudNotes } from './crud-adapter.ts'
import { noteFiles } from './note-files.ts'
import { notes as portNotes } from './port-adapter.ts'

const adapters = { 'crud-adapter': crudNotes, 'port-adapter': portNotes }

describe.for(Object.entries(adapters))('%s', ([, notes]) => {
  describeTarget({
    describe,
    test,
    async make() {
      const api = await notesApi()
      const target = notes(api.url)
      const somebody = async (method: string, note: Note) => {
        await fetch(`${api.url}/notes/${note.id}`, { method, body: JSON.stringify(note) })
      }
      let edits = 0
      return {
        target,
        manifests: [
          { id: 'a', title: 'A', text: '' },
          { id: 'b', title: 'B', text: '' },
          { id: 'c/d e', title: 'C', text: '' },
        ],
        changed: (note) => ({ ...note, text: `${note.text}changed` }),
        tamper: (id) => somebody('PUT', { id, title: 'A', text: `tampered ${++edits}` }),
        occupy: (note) => somebody('POST', note),
        // As a renderer may give them, whatever the types say.
        invalid: [{ title: 'without an id', text: '' } as Note, { id: '', title: '', text: '' }],
        async close() {
          await target[Symbol.asyncDispose]()
          await api[Symbol.asyncDispose]()
        },
      }
    },
  })
})

describeRenderer({
  describe,
  test,
  make: async () => ({
    renderer: noteFiles(),
    again: async () => noteFiles(),
    files: { 'notes/a.md': '# A\n', 'notes/deep/b.md': '# B\nText\n', 'notes/picture.png': '' },
    path: 'notes',
    changed: { 'notes/a.md': '# A\nchanged' },
    broken: { 'notes/wrong.md': 'no title' },
    close: async () => {},
  }),
})
