import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { render } from './render.ts'

/** Other people's repositories, beside the checkout where somebody has put them. */
const root = fileURLToPath(new URL('../../../../../shared/fixtures/', import.meta.url))
const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => [])
const files: Record<string, Uint8Array> = {}
for (const entry of entries) {
  const path = `${entry.parentPath}/${entry.name}`.replaceAll('//', '/')
  if (entry.isFile()) files[path.slice(root.length)] = await readFile(path)
}

test.skipIf(entries.length === 0).each([
  ['microservices-demo/kubernetes-manifests', 10],
  ['microservices-demo/kustomize/base', 10],
  ['podinfo/kustomize', 3],
  ['podinfo/deploy/webapp', 3],
])('renders all of %s', async (path, least) => {
  const { manifests } = await render(files, { path })
  expect(manifests.length).toBeGreaterThanOrEqual(least)
})
