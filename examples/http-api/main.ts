// A system Mooring never heard of, kept in line: notes behind an HTTP API, written as Markdown files. Somebody edits a
// note through the API, and the watch brings it back.
import { createEngine, defineApplication, memoryStore, summary } from '@mooring/core'
import { memorySource } from '@mooring/core/testing'
import { notesApi } from './api.ts'
import { changedNotes } from './changed-notes.ts'
import { notes } from './crud-adapter.ts'
import { noteFiles } from './note-files.ts'

await using api = await notesApi()
const source = memorySource({
  files: { 'notes/hello.md': '# Hello\nWorld', 'notes/todo.md': '# To do\nSleep' },
})
const target = {
  ...notes(api.url),
  watch: ({ signal }: { signal: AbortSignal }) => changedNotes(api.url, signal),
}

const engine = createEngine({ store: memoryStore(), installation: 'example' })
engine.add(
  defineApplication({
    name: 'notes',
    source,
    path: 'notes',
    renderer: noteFiles(),
    target,
    sync: { prune: true },
  }),
)
engine.on('plan.made', ({ plan }) => console.log(`${summary(plan)}\n`))
await engine.start()
await engine.sync('notes', { actor: 'example' })

source.commit({ 'notes/hello.md': '# Hello\nEverybody', 'notes/todo.md': null }, { message: 'All done' })
await engine.sync('notes', { actor: 'example' })

const healed = new Promise((resolve) => engine.on('change.applied', resolve))
await fetch(`${api.url}/notes/hello`, {
  method: 'PUT',
  body: JSON.stringify({ id: 'hello', title: 'Hello', text: 'Nobody' }),
})
await healed
console.log('live:', await (await fetch(`${api.url}/notes`)).json())

await engine.stop()
