// A renderer: each Markdown file is a note, named after the file, with the first line as its title.
import { basename } from 'node:path'
import { type Located, MooringError, type Renderer } from '@mooring/core'
import type { Note } from './api.ts'

/** Notes from Markdown files. */
export function noteFiles(): Renderer<Note> {
  return {
    name: 'note-files',
    digest: 'note-files/1',
    async render({ snapshot, path }, { signal }) {
      const manifests: Located<Note>[] = []
      for await (const { path: file } of snapshot.list(path, { signal })) {
        if (!file.endsWith('.md')) continue
        const content = new TextDecoder().decode(await snapshot.read(file, { signal }))
        manifests.push({ manifest: noteFrom(file, content), origin: { file } })
      }
      return { manifests }
    },
  }
}

function noteFrom(file: string, content: string): Note {
  const [first = '', ...text] = content.split('\n')
  if (first.startsWith('# '))
    return { id: basename(file, '.md'), title: first.slice(2), text: text.join('\n').trim() }
  throw new MooringError({
    code: 'NOTE_WITHOUT_TITLE',
    kind: 'permanent',
    message: `Expected ${file} to begin with a line such as "# Title"`,
  })
}
