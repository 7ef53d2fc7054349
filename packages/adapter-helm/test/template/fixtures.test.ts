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
  ['podinfo/charts/podinfo', 2],
  ['microservices-demo/helm-chart', 20],
])('renders all of %s', async (path, least) => {
  const { manifests, skipped } = await render(files, { path })
  expect(manifests.length).toBeGreaterThanOrEqual(least)
  expect(manifests.every(({ origin }) => origin?.file.startsWith(path))).toBe(true)
  for (const { reason } of skipped ?? []) expect(reason).toContain('test of the chart')
})
