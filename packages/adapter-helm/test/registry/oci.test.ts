import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OciRegistry, startOciRegistry } from '../../../../tools/oci-registry/index.ts'
import { chartRegistry } from '../../src/index.ts'
import { sha256 } from '../../src/registry/repository.ts'
import { chartArchive } from '../archives.ts'
import { configMap, failureOf } from '../charts.ts'
import { realHelm, render, valuesIn } from '../template/render.ts'
import { serve } from './server.ts'

const { signal } = new AbortController()
const archive = chartArchive('demo', {
  'Chart.yaml': 'apiVersion: v2\nname: demo\nversion: 1.2.3\n',
  'templates/web.yaml': configMap('web', '{{ .Values.greeting | quote }}'),
})

describe('a real registry', () => {
  let registry: OciRegistry
  let pushed: string

  beforeAll(async () => {
    registry = await startOciRegistry()
    const helm = await realHelm()
    const { code, stdout, stderr } = await helm.run(
      {
        title: 'helm push',
        args: ['push', './demo-1.2.3.tgz', `oci://${registry.host}/team/charts`, '--plain-http'],
        prepare: (folder) => writeFile(join(folder, 'demo-1.2.3.tgz'), archive),
      },
      { signal },
    )
    const [, digest = ''] = /Digest: (sha256:[0-9a-f]{64})/.exec(`${stdout}${stderr}`) ?? []
    expect(code, stderr).toBe(0)
    pushed = digest
  }, 60_000)
  afterAll(() => registry[Symbol.asyncDispose]())

  test('gives a chart by version and by digest, as it was pushed', async () => {
    const oci = `oci://${registry.host}/team/charts/demo`
    for (const chart of [
      { oci, version: '1.2.3' },
      { oci, digest: pushed },
      { oci, version: '1.2.3', digest: pushed },
    ]) {
      const fetched = await chartRegistry().fetch(chart, { signal })
      expect(fetched.digest).toBe(sha256(archive))
      expect(Buffer.from(fetched.content).equals(archive)).toBe(true)
    }
  })

  test('is where a renderer takes its chart, with values from the repository', async () => {
    const chart = { oci: `oci://${registry.host}/team/charts/demo`, digest: pushed }
    const files = { 'app/values.yaml': 'greeting: hello\n' }
    expect(valuesIn(await render(files, { path: 'app', chart, values: [{ file: 'values.yaml' }] }))).toEqual({
      web: 'hello',
    })
  })

  test('has no such chart', async () => {
    const missing = { oci: `oci://${registry.host}/team/charts/demo`, version: '9.9.9' }
    expect(await failureOf(chartRegistry().fetch(missing, { signal }))).toMatchObject({
      code: 'CHART_NOT_FOUND',
    })
  })
})

/** A registry that wants a token and moves its blobs, as those of large providers do. */
describe('a registry with tokens', () => {
  const layer = { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', digest: sha256(archive) }
  const manifest = JSON.stringify({ schemaVersion: 2, layers: [layer] })
  const basic = `Basic ${Buffer.from('me:hunter2').toString('base64')}`

  const start = async (realm?: string) => {
    const storage = await serve({ '/blob': archive })
    const server = await serve(() => ({
      '/token': (request, response) => {
        const isKnown = request.headers.authorization === basic
        response.writeHead(isKnown ? 200 : 401).end(isKnown ? '{"token":"t0k3n"}' : '')
      },
      '/v2/team/demo/manifests/1.2.3': (request, response) => {
        if (request.headers.authorization === 'Bearer t0k3n') return void response.end(manifest)
        const at = realm ?? `${server.url}/token`
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${at}",service="s"` }).end()
      },
      [`/v2/team/demo/blobs/${layer.digest}`]: (_, response) =>
        void response.writeHead(307, { location: `${storage.url}/blob?signature=abc` }).end(),
    }))
    return {
      server,
      storage,
      fetch: (options: Parameters<typeof chartRegistry>[0]) =>
        chartRegistry(options).fetch(
          { oci: `oci://127.0.0.1:${server.port}/team/demo`, version: '1.2.3' },
          { signal },
        ),
      [Symbol.asyncDispose]: async () => {
        await server[Symbol.asyncDispose]()
        await storage[Symbol.asyncDispose]()
      },
    }
  }

  test('gives the token for credentials, and nothing of either reaches the storage', async () => {
    await using place = await start()
    const { fetch, server, storage } = place
    const credentials = [{ url: `oci://127.0.0.1:${server.port}/team`, username: 'me', password: 'hunter2' }]
    expect((await fetch({ credentials })).digest).toBe(layer.digest)
    expect(server.asked).toContain(`/token?service=s&scope=repository%3Ateam%2Fdemo%3Apull ${basic}`)
    expect(storage.asked).toEqual(['/blob?signature=abc'])
  })

  test('gets no credentials to send them where its own are not meant to go', async () => {
    await using thief = await serve({ '/token': '{"token":"t0k3n"}' })
    await using place = await start(`${thief.url}/token`)
    const { fetch, server } = place
    await fetch({
      credentials: [{ url: `oci://127.0.0.1:${server.port}`, username: 'me', password: 'hunter2' }],
    })
    expect(thief.asked).toEqual(['/token?service=s&scope=repository%3Ateam%2Fdemo%3Apull'])
  })

  test('refuses who has none', async () => {
    await using place = await start()
    expect(await failureOf(place.fetch({}))).toMatchObject({ code: 'CHART_ACCESS_DENIED' })
  })
})
