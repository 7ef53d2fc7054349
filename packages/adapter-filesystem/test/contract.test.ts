import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describeTarget } from '@mooring/core/testing'
import { describe, test } from 'vitest'
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
