import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Renderer } from '@mooring/core'
import { describeRenderer, describeTarget } from '@mooring/core/testing'
import { describe, test } from 'vitest'
import { type FileManifest, files } from '../src/index.ts'
import { bytesOf } from '../src/manifest.ts'
import { scene, text } from './scene.ts'

describeTarget({
  describe,
  test,
  async make() {
    // The contract has two installations keep resources side by side.
    const place = await scene({ shared: true, mask: (path) => path.endsWith('.key') })
    return {
      target: place.target,
      manifests: [text('index.html'), text('assets/app.js'), text('bin/run', '#!/bin/sh\n', true)],
      changed: (manifest) => ({ ...manifest, content: `${manifest.content}changed\n` }),
      tamper: (key) => appendFile(join(place.root, key), 'tampered\n'),
      occupy: async (manifest) => {
        const path = join(place.root, manifest.path)
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, bytesOf(manifest))
      },
      invalid: [text('/etc/passwd'), text('../outside'), text('.mooring')],
      secret: { manifest: text('server.key', 'swordfish\n'), value: 'swordfish' },
      close: async () => place[Symbol.asyncDispose](),
    }
  },
})

describeRenderer({
  describe,
  test,
  make: async () => ({
    renderer: withLinks(files()),
    again: async () => withLinks(files()),
    files: {
      'site/index.html': '<p>\n',
      'site/bin/run': { content: '#!/bin/sh\n', executable: true },
      'other/a': '',
    },
    path: 'site',
    changed: { 'site/index.html': '<p>changed\n' },
    broken: { 'site/current.link': 'releases/1', 'site/next.link': 'releases/2' },
    close: async () => {},
  }),
})

/** A memory source has no links: files of this name stand for them. */
function withLinks(renderer: Renderer<FileManifest>): Renderer<FileManifest> {
  return {
    ...renderer,
    render: ({ snapshot, ...input }, options) =>
      renderer.render(
        {
          ...input,
          snapshot: {
            ...snapshot,
            async *list(...asked) {
              for await (const entry of snapshot.list(...asked)) {
                yield entry.path.endsWith('.link') ? { ...entry, kind: 'link' } : entry
              }
            },
          },
        },
        options,
      ),
  }
}
