import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { printedBy, run } from '../../../../tools/parts/run.ts'
import { chartRegistry } from '../../src/index.ts'
import { chartArchive } from '../archives.ts'
import { demoChart, failureOf } from '../charts.ts'
import { realHelm } from '../template/render.ts'
import { serve } from './server.ts'

const { signal } = new AbortController()
const hasGpg = printedBy('gpg', ['--version']) !== undefined
let folder: string
const keys: Record<string, Uint8Array> = {}
let archive: Uint8Array
let signature: Uint8Array

/** Two people with a key each; Ada signs a chart as `helm package --sign` does. */
beforeAll(async () => {
  if (!hasGpg) return
  folder = await mkdtemp(join(tmpdir(), 'helm-gpg-'))
  const gpg = (...args: readonly string[]) => run('gpg', ['--homedir', folder, '--batch', '--yes', ...args])
  for (const name of ['ada', 'bob']) {
    await gpg('--passphrase', '', '--quick-generate-key', name, 'rsa2048', 'sign', 'never')
    await gpg('--export', '--output', join(folder, `${name}.pub`), name)
    keys[name] = await readFile(join(folder, `${name}.pub`))
  }
  await gpg(
    '--passphrase',
    '',
    '--pinentry-mode',
    'loopback',
    '--export-secret-keys',
    '--output',
    join(folder, 'secret'),
    'ada',
  )
  const secret = await readFile(join(folder, 'secret'))
  const helm = await realHelm({ folder })
  const unpacked = demoChart()
  await helm.run(
    {
      title: 'helm package',
      args: ['package', './chart', '--sign', '--key=ada', '--keyring=./secret', `--destination=${folder}`],
      prepare: async (place) => {
        const { writeChart } = await import('../../src/chart/write-chart.ts')
        const files = new Map(Object.entries(unpacked).map(([path, content]) => [path, Buffer.from(content)]))
        await writeChart(
          { name: 'demo', version: '1.2.3', files, sources: [], placeOf: (path) => path },
          place,
          signal,
        )
        await writeFile(join(place, 'secret'), secret)
      },
    },
    { signal },
  )
  archive = await readFile(join(folder, 'demo-1.2.3.tgz'))
  signature = await readFile(join(folder, 'demo-1.2.3.tgz.prov'))
}, 60_000)

afterAll(async () => {
  if (!hasGpg) return
  await run('gpgconf', ['--homedir', folder, '--kill', 'all'])
  await rm(folder, { recursive: true, force: true })
})

const index = 'apiVersion: v1\nentries:\n  demo:\n  - version: 1.2.3\n    urls: [demo-1.2.3.tgz]\n'

async function fetchWith(
  served: { readonly archive: Uint8Array; readonly signature?: Uint8Array },
  keyring?: Uint8Array,
) {
  await using server = await serve({
    '/index.yaml': index,
    '/demo-1.2.3.tgz': served.archive,
    ...(served.signature && { '/demo-1.2.3.tgz.prov': served.signature }),
  })
  const provenance = keyring && { keyring, helm: await realHelm() }
  const registry = chartRegistry({ ...(provenance && { provenance }) })
  return await registry.fetch({ repository: server.url, name: 'demo', version: '1.2.3' }, { signal })
}

test.skipIf(!hasGpg)('a chart signed by a given key is fetched', async () => {
  expect((await fetchWith({ archive, signature }, keys.ada)).content).toHaveLength(archive.length)
})

test.skipIf(!hasGpg).each([
  ['unsigned', () => ({ archive }), 'ada'],
  ['signed by somebody else', () => ({ archive, signature }), 'bob'],
  [
    'other than what was signed',
    () => ({ archive: chartArchive('demo', { 'Chart.yaml': 'name: demo' }), signature }),
    'ada',
  ],
])('a chart that is %s is refused', async (_, served, key) => {
  expect(await failureOf(fetchWith(served(), keys[key]))).toMatchObject({
    code: 'CHART_NOT_VERIFIED',
    kind: 'permanent',
  })
})
