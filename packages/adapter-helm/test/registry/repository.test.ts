import { createHash } from 'node:crypto'
import { simulatedClock } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { type ChartRegistryOptions, chartRegistry } from '../../src/index.ts'
import { chartArchive } from '../archives.ts'
import { failureOf } from '../charts.ts'
import { type Answers, serve } from './server.ts'

const { signal } = new AbortController()
const archive = chartArchive('demo', { 'Chart.yaml': 'apiVersion: v2\nname: demo\nversion: 1.2.3\n' })
const digest = createHash('sha256').update(archive).digest('hex')

const index = (url = 'demo-1.2.3.tgz', of = digest): string =>
  `apiVersion: v1\nentries:\n  another:\n  - version: 1.0.0\n    urls: [another.tgz]\n  demo:\n  - apiVersion: v2\n    digest: ${of}\n    name: demo\n    urls:\n    - ${url}\n    version: 1.2.3\n  - version: 1.2.2\n    urls: [old.tgz]\ngenerated: "2026-01-01"\n`

const repository = (answers: Answers = {}): Answers => ({
  '/charts/index.yaml': index(),
  '/charts/demo-1.2.3.tgz': archive,
  ...answers,
})

const fetchFrom = (
  url: string,
  options: ChartRegistryOptions = {},
  more: { version?: string; digest?: string } = {},
) =>
  chartRegistry(options).fetch(
    { repository: `${url}/charts`, name: 'demo', version: '1.2.3', ...more },
    { signal },
  )

describe('a repository', () => {
  test('gives the archive that its index names, and is asked for it once', async () => {
    await using server = await serve(repository())
    const registry = chartRegistry()
    const chart = { repository: `${server.url}/charts`, name: 'demo', version: '1.2.3' }
    const fetched = await registry.fetch(chart, { signal })
    expect(fetched).toMatchObject({ digest: `sha256:${digest}`, title: `demo 1.2.3 of ${server.url}/charts` })
    expect(Buffer.from(fetched.content).equals(archive)).toBe(true)
    expect(await registry.fetch(chart, { signal })).toBe(fetched)
    expect(server.asked).toEqual(['/charts/index.yaml', '/charts/demo-1.2.3.tgz'])
  })

  test('may write its index as JSON', async () => {
    const entries = { demo: [{ version: 'v1.2.3', urls: ['demo-1.2.3.tgz'] }] }
    await using server = await serve(
      repository({ '/charts/index.yaml': JSON.stringify({ apiVersion: 'v1', entries }) }),
    )
    expect((await fetchFrom(server.url)).digest).toBe(`sha256:${digest}`)
  })

  test('is asked for its index again only after a while, and only whether it has changed', async () => {
    const clock = simulatedClock()
    await using server = await serve({
      ...repository({ '/charts/old.tgz': archive }),
      '/charts/index.yaml': (request, response) => {
        const isKnown = request.headers['if-none-match'] === '"1"'
        response.writeHead(isKnown ? 304 : 200, { etag: '"1"' }).end(isKnown ? undefined : index())
      },
    })
    const registry = chartRegistry({ clock, indexMaxAgeMs: 1000, keepBytes: 0 })
    const fetch = (version: string) =>
      registry.fetch({ repository: `${server.url}/charts`, name: 'demo', version }, { signal })
    await fetch('1.2.3')
    await fetch('1.2.2')
    const indexes = () => server.asked.filter((path) => path.endsWith('index.yaml')).length
    expect(indexes()).toBe(1)
    await clock.advance(1000)
    await fetch('1.2.3')
    expect(indexes()).toBe(2)
  })

  test('that has got a new version since is asked again at once', async () => {
    let current = index().replace('1.2.3', '0.0.1')
    await using server = await serve(() => repository({ '/charts/index.yaml': current }))
    const registry = chartRegistry()
    const fetch = () =>
      registry.fetch({ repository: `${server.url}/charts`, name: 'demo', version: '1.2.3' }, { signal })
    current = index().replace('version: 1.2.3', 'version: 1.9.9')
    expect(await failureOf(fetch())).toMatchObject({ code: 'CHART_NOT_FOUND' })
    current = index()
    expect((await fetch()).digest).toBe(`sha256:${digest}`)
  })
})

describe('what is refused', () => {
  test.each<[string, Answers, string]>([
    [
      'a version that is not in the index',
      { '/charts/index.yaml': index().replace('1.2.3\n', '1.2.4\n') },
      'CHART_NOT_FOUND',
    ],
    ['an archive that is not there', { '/charts/index.yaml': index('gone.tgz') }, 'CHART_NOT_FOUND'],
    [
      'an archive of another digest',
      { '/charts/index.yaml': index('demo-1.2.3.tgz', 'a'.repeat(64)) },
      'CHART_DIGEST_MISMATCH',
    ],
    [
      'a web page as an index',
      { '/charts/index.yaml': '<html><body>hello</body></html>' },
      'CHART_INDEX_INVALID',
    ],
    ['an index that is no index', { '/charts/index.yaml': 'entries: 1\n' }, 'CHART_INDEX_INVALID'],
    [
      'a failing server',
      { '/charts/index.yaml': (_, response) => response.writeHead(503).end() },
      'CHART_UNREACHABLE',
    ],
    [
      'redirects without end',
      {
        '/charts/index.yaml': (_, response) =>
          response.writeHead(302, { location: '/charts/index.yaml' }).end(),
      },
      'CHART_UNREACHABLE',
    ],
  ])('%s', async (_, answers, code) => {
    await using server = await serve(repository(answers))
    expect(await failureOf(fetchFrom(server.url))).toMatchObject({ code })
  })

  test('an index that never ends is left after the limit', async () => {
    let sent = 0
    await using server = await serve({
      '/charts/index.yaml': (_, response) => {
        const more = (): void => {
          if (response.destroyed) return
          sent += 65_536
          response.write('#'.repeat(65_536), () => setImmediate(more))
        }
        more()
      },
    })
    const error = await failureOf(fetchFrom(server.url, { indexBytes: 1_048_576 }))
    expect(error).toMatchObject({ code: 'CHART_TOO_LARGE', kind: 'permanent' })
    expect(sent).toBeLessThan(100_000_000)
  })

  test('an answer that never comes is left after a while', async () => {
    const clock = simulatedClock()
    await using server = await serve({ '/charts/index.yaml': () => void clock.advance(5000) })
    const error = await failureOf(fetchFrom(server.url, { clock, timeoutMs: 5000 }))
    expect(error).toMatchObject({ code: 'CHART_UNREACHABLE', kind: 'transient' })
    expect(error.message).toContain('no whole answer within 5000 ms')
  })

  test('a digest of the reference that the archive has not', async () => {
    await using server = await serve(repository())
    const error = await failureOf(fetchFrom(server.url, {}, { digest: `sha256:${'b'.repeat(64)}` }))
    expect(error).toMatchObject({ code: 'CHART_DIGEST_MISMATCH' })
  })

  test('plain HTTP to another machine', async () => {
    expect(await failureOf(fetchFrom('http://charts.invalid'))).toMatchObject({ code: 'CHART_ACCESS_DENIED' })
    expect(await failureOf(fetchFrom('http://charts.invalid', { allowPlainHttp: true }))).toMatchObject({
      code: 'CHART_UNREACHABLE',
    })
  })

  test('an abort ends the request with its reason', async () => {
    const aborting = new AbortController()
    const reason = new Error('no longer wanted')
    await using server = await serve({ '/charts/index.yaml': () => aborting.abort(reason) })
    const chart = { repository: `${server.url}/charts`, name: 'demo', version: '1.2.3' }
    await expect(chartRegistry().fetch(chart, { signal: aborting.signal })).rejects.toBe(reason)
  })
})

describe('credentials', () => {
  const basic = `Basic ${Buffer.from('me:hunter2').toString('base64')}`

  test('go to what they are for, and to no other host that index or redirect name', async () => {
    await using elsewhere = await serve({ '/demo-1.2.3.tgz': archive })
    const away = `http://127.0.0.1:${elsewhere.port}/demo-1.2.3.tgz`
    await using server = await serve(
      repository({
        '/charts/index.yaml': index('moved.tgz'),
        '/charts/moved.tgz': (_, response) => response.writeHead(302, { location: away }).end(),
      }),
    )
    const credentials = [{ url: `${server.url}/charts`, username: 'me', password: async () => 'hunter2' }]
    await fetchFrom(server.url, { credentials })
    expect(server.asked).toEqual([`/charts/index.yaml ${basic}`, `/charts/moved.tgz ${basic}`])
    expect(elsewhere.asked).toEqual(['/demo-1.2.3.tgz'])
  })

  test('for another path are not sent', async () => {
    await using server = await serve(repository())
    await fetchFrom(server.url, {
      credentials: [{ url: `${server.url}/char`, username: 'me', password: 'hunter2' }],
    })
    expect(server.asked[0]).toBe('/charts/index.yaml')
  })

  test('that are refused are told without them', async () => {
    await using server = await serve(
      repository({ '/charts/index.yaml': (_, response) => response.writeHead(401).end() }),
    )
    const credentials = [{ url: server.url, username: 'me', password: 'hunter2' }]
    const error = await failureOf(fetchFrom(server.url, { credentials }))
    expect(error).toMatchObject({ code: 'CHART_ACCESS_DENIED', kind: 'permanent' })
    expect(JSON.stringify([error.message, error.hint])).not.toMatch(/hunter2|bWU6/)
  })

  test('are found in a Docker config', async () => {
    await using server = await serve(repository())
    const text = JSON.stringify({
      auths: { [`127.0.0.1:${server.port}`]: { auth: Buffer.from('me:hunter2').toString('base64') } },
    })
    await fetchFrom(server.url, { dockerConfig: { text } })
    expect(server.asked[0]).toBe(`/charts/index.yaml ${basic}`)
    const broken = await failureOf(fetchFrom(server.url, { dockerConfig: { text: '{"auths": hunter2' } }))
    expect(broken).toMatchObject({ code: 'CHART_ACCESS_DENIED' })
    expect(broken.message).not.toContain('hunter2')
  })
})
