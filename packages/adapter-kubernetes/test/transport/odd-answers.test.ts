import { simulatedClock } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import type { Api, WatchEvent } from '../../src/transport/api.ts'
import type { ApiOptions } from '../../src/transport/create-api.ts'
import { isExpired } from '../../src/transport/expired.ts'
import { connected, errorOf, kubeconfig, sent } from './connected.ts'
import { fakeServer, json, status } from './fake-server.ts'

const { signal } = new AbortController()
const api = (url: string, options: ApiOptions = {}): Api =>
  connected({ kubeconfig: kubeconfig(url) }, options)
const get = { method: 'GET', path: '/api' } as const
const busy = status(429, 'TooManyRequests', 'too many requests')

describe('an answer', () => {
  test('is asked for under the path of the server', async () => {
    const { url, seen } = await fakeServer((_, response) => json(response, 200, { a: 1 }, { etag: '"x"' }))
    const answer = await api(`${url}/k8s/clusters/c-1/`).call({ ...get, query: { a: 'b c&d' }, signal })
    expect(answer).toMatchObject({ ok: true, status: 200, body: { a: 1 }, headers: { etag: '"x"' } })
    expect(seen).toEqual(['GET /k8s/clusters/c-1/api?a=b+c%26d'])
  })

  test('304 is one without a body', async () => {
    const { url } = await fakeServer((request, response) =>
      response.writeHead(request.headers['if-none-match'] === '"x"' ? 304 : 200).end(),
    )
    const answer = await api(url).call({ ...get, headers: { 'if-none-match': '"x"' }, signal })
    expect(answer).toMatchObject({ ok: true, status: 304, body: undefined })
  })

  test.for([
    [200, 'text/html', '<html>s3cret sign in</html>'],
    [502, 'text/html', '<html>s3cret</html>'],
    [302, 'text/html', 's3cret'],
    [404, 'text/plain', '404 s3cret not found'],
    [200, 'application/json', '{"s3cret": '],
  ] as const)('%d with %s is a failure that does not repeat it', async ([code, type, body]) => {
    const { url } = await fakeServer((_, response) =>
      response.writeHead(code, { 'content-type': type, location: 'http://127.0.0.1:1/' }).end(body),
    )
    const answer = await api(url).call({ ...get, signal })
    expect(answer).toMatchObject({ ok: false, status: code, failure: { status: code, reason: '' } })
    expect(JSON.stringify(answer)).not.toContain('s3cret')
  })

  test.for([true, false])('longer than allowed makes ANSWER_TOO_LARGE (announced: %s)', async (announced) => {
    const { url } = await fakeServer((_, response) => {
      response.writeHead(200, {
        'content-type': 'application/json',
        ...(announced && { 'content-length': 2000 }),
      })
      response.end(`"${'x'.repeat(1998)}"`)
    })
    expect(await errorOf(api(url, { maxAnswerBytes: 1999 }).call({ ...get, signal }))).toMatchObject({
      code: 'ANSWER_TOO_LARGE',
    })
    expect(await api(url, { maxAnswerBytes: 2000 }).call({ ...get, signal })).toMatchObject({ ok: true })
  })

  test('to a read, or a watch, that does not come is given up sooner than one to a write', async () => {
    const { url } = await fakeServer(() => undefined)
    const quick = api(url, { readTimeoutMs: 50, dialTimeoutMs: 50, headersTimeoutMs: 60_000 })
    const error = await errorOf(quick.call({ ...get, signal }))
    expect(error).toMatchObject({ code: 'CLUSTER_UNREACHABLE' })
    const watched = errorOf(quick.watch({ path: '/api', query: {}, signal })[Symbol.asyncIterator]().next())
    expect(await watched).toMatchObject({ code: 'CLUSTER_UNREACHABLE' })
    const ended = new AbortController()
    const writing = errorOf(quick.call({ method: 'POST', path: '/api', body: {}, signal: ended.signal }))
    const patience = errorOf(quick.call({ ...get, signal })).then(() => 'the read was given up first')
    expect(await Promise.race([writing, patience])).toBe('the read was given up first')
    ended.abort(new Error('enough'))
    await writing
  })

  test('that does not come makes CLUSTER_UNREACHABLE', async () => {
    const { url } = await fakeServer(() => undefined)
    const error = await errorOf(api(url, { headersTimeoutMs: 50 }).call({ ...get, signal }))
    expect(error).toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      message: expect.stringContaining('none in time'),
    })
  })

  test('that is cut midway is asked for once more where it only reads', async () => {
    const { url, seen } = await fakeServer((_, response, number) => {
      if (number > 1) return json(response, 200, {})
      response.writeHead(200, { 'content-length': 100 }).write('{')
      setImmediate(() => response.destroy())
    })
    expect(await api(url).call({ ...get, signal })).toMatchObject({ ok: true })
    expect(seen).toHaveLength(2)
  })

  test('that is lost is never asked for twice where it writes', async () => {
    const { url, seen } = await fakeServer((request) => request.socket.destroy())
    const writing = api(url).call({ method: 'PATCH', path: '/x', body: {}, signal })
    expect((await errorOf(writing)).message).toContain('the outcome of the write is unknown')
    expect(seen).toEqual(['PATCH /x'])
    expect(await errorOf(api(url).call({ ...get, signal }))).toMatchObject({ code: 'CLUSTER_UNREACHABLE' })
    expect(seen).toEqual(['PATCH /x', 'GET /api', 'GET /api'])
  })
})

describe('a server with too many requests', () => {
  test('holds up every call over the connection for as long as it asks', async () => {
    const clock = simulatedClock()
    const { url, seen } = await fakeServer((_, response, number) =>
      number === 1 ? json(response, 429, busy, { 'retry-after': '3' }) : json(response, 200, {}),
    )
    const { call } = api(url, { clock })
    const first = call({ ...get, signal })
    await expect.poll(() => clock.pending()).toBe(1)
    const second = call({ ...get, path: '/second', signal })
    await expect.poll(() => clock.pending()).toBe(2)
    await clock.advance(2_999)
    expect(seen).toEqual(['GET /api'])
    await clock.advance(1)
    expect((await Promise.all([first, second])).map((answer) => answer.status)).toEqual([200, 200])
    expect([...seen].sort()).toEqual(['GET /api', 'GET /api', 'GET /second'])
  })

  test('is asked four times, then its answer counts, with the time it asks for', async () => {
    const clock = simulatedClock()
    const { url, seen } = await fakeServer((_, response) => json(response, 429, busy, { 'retry-after': '1' }))
    const calling = api(url, { clock }).call({ method: 'PATCH', path: '/x', body: {}, signal })
    for (let wait = 1; wait <= 3; wait++) {
      await expect.poll(() => clock.pending()).toBe(1)
      await clock.advance(1_000)
    }
    expect(await calling).toMatchObject({ ok: false, status: 429, failure: { retryAfterMs: 1_000 } })
    expect(seen).toHaveLength(4)
  })

  test('that asks for longer than allowed is answered at once', async () => {
    const { url } = await fakeServer((_, response) => json(response, 429, busy, { 'retry-after': '60' }))
    expect(await api(url).call({ ...get, signal })).toMatchObject({ failure: { retryAfterMs: 60_000 } })
  })

  test('does not keep a caller who aborts', async () => {
    const { url } = await fakeServer((_, response) => json(response, 429, busy, { 'retry-after': '9' }))
    const abort = new AbortController()
    const clock = simulatedClock()
    const calling = api(url, { clock }).call({ ...get, signal: abort.signal })
    await expect.poll(() => clock.pending()).toBe(1)
    const reason = new Error('enough')
    abort.abort(reason)
    await expect(calling).rejects.toBe(reason)
    expect(clock.pending()).toBe(0)
  })

  test('refuses a watch with the time it asks for', async () => {
    const { url } = await fakeServer((_, response) => json(response, 429, busy, { 'retry-after': '7' }))
    expect(await errorOf(firstOf(api(url)))).toMatchObject({ code: 'TOO_MANY_REQUESTS', retryAfterMs: 7_000 })
  })
})

describe('a server that fails', () => {
  test('is asked again only where it says when', async () => {
    const clock = simulatedClock()
    const { url, seen } = await fakeServer((_, response, number) => {
      if (number === 1) return json(response, 503, status(503, '', 'down'), { 'retry-after': '2' })
      json(response, 500, status(500, 'InternalError', 'broken'))
    })
    const calling = api(url, { clock }).call({ ...get, signal })
    await expect.poll(() => clock.pending()).toBe(1)
    await clock.advance(2_000)
    expect(await calling).toMatchObject({ ok: false, status: 500, failure: { reason: 'InternalError' } })
    expect(seen).toHaveLength(2)
  })
})

describe('a 401', () => {
  test('of an admission policy does not speak of our credentials', async () => {
    const denied = status(401, 'Unauthorized', 'admission webhook "w" denied the request: no')
    const { url, seen } = await fakeServer((_, response) => json(response, 401, denied))
    expect(await api(url).call({ ...get, signal })).toMatchObject({ ok: false, status: 401 })
    expect(seen).toHaveLength(1)
  })
})

const firstOf = async (from: Api): Promise<WatchEvent | undefined> => {
  for await (const event of from.watch({ path: '/w', signal })) return event
  return undefined
}

describe('events', () => {
  const event = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`
  const stream = (...texts: readonly (string | Buffer)[]) =>
    fakeServer((_, response) => {
      for (const text of texts) response.write(text)
      response.end()
    })

  test('are whole wherever the network cuts them', async () => {
    const objects = ['ä', '😀', 'x'.repeat(70_000)].map((name) => ({ metadata: { name } }))
    const bytes = Buffer.from(objects.map((object) => event('ADDED', object)).join(''))
    const { url } = await fakeServer((_, response) => {
      const next = (at: number): void => {
        if (at >= bytes.length) return void response.end()
        const size = at < 200 ? 1 : 7_001
        response.write(bytes.subarray(at, at + size), () => setImmediate(next, at + size))
      }
      next(0)
    })
    const seen: unknown[] = []
    for await (const { object } of api(url).watch({ path: '/w', signal })) seen.push(object)
    expect(seen).toEqual(objects)
  })

  test('of an error end the watch with its failure', async () => {
    const { url } = await stream(event('ERROR', status(410, 'Expired', 'too old resource version: 1 (9)')))
    const error = await errorOf(firstOf(api(url)))
    expect(error).toMatchObject({ code: 'HISTORY_EXPIRED', kind: 'conflict' })
    expect(isExpired(error)).toBe(true)
  })

  test.for([
    ['no JSON', 's3cret\n'],
    ['JSON of another kind', '"s3cret"\n'],
    ['an unknown type', event('s3cret', {})],
    ['half an event', '{"type": "ADDED", "s3cret'],
  ] as const)('with %s make ANSWER_NOT_UNDERSTOOD', async ([, text]) => {
    const { url } = await stream(text)
    const error = await errorOf(firstOf(api(url)))
    expect(error).toMatchObject({ code: 'ANSWER_NOT_UNDERSTOOD' })
    expect(error.message).not.toContain('s3cret')
  })

  test.for([0, 500])('longer than allowed make ANSWER_TOO_LARGE (%d bytes went before)', async (before) => {
    const line = event('ADDED', { x: 'x'.repeat(1_000) })
    const { url } = await stream(' '.repeat(before) + line.slice(0, 400), line.slice(400))
    expect(await errorOf(firstOf(api(url, { maxLineBytes: 1_000 })))).toMatchObject({
      code: 'ANSWER_TOO_LARGE',
    })
  })

  test('that do not come end the watch, and its socket, when they were waited for too long', async () => {
    const clock = simulatedClock()
    const closed = Promise.withResolvers<void>()
    const { url } = await fakeServer((request, response) => {
      request.socket.once('close', closed.resolve)
      response.write(event('ADDED', {}))
    })
    const events = api(url, { clock }).watch({ path: '/w', signal })[Symbol.asyncIterator]()
    await events.next()
    // Whoever takes the events takes his time: that is no silence.
    await clock.advance(200_000)
    const next = events.next()
    await clock.advance(89_999)
    const ended = errorOf(next)
    await clock.advance(90_001)
    expect(await ended).toMatchObject({ code: 'WATCH_SILENT', kind: 'transient' })
    await closed.promise
    expect(clock.pending()).toBe(0)
  })

  test('that nobody wants any more close the socket', async () => {
    const closed = Promise.withResolvers<void>()
    const { url } = await fakeServer((request, response) => {
      request.socket.once('close', closed.resolve)
      response.write(event('ADDED', {}))
    })
    expect(await firstOf(api(url))).toMatchObject({ type: 'ADDED' })
    await closed.promise
  })
})

describe('sockets', () => {
  test('are no more than allowed, and calls go over them again', async () => {
    const { url, sockets } = await fakeServer((_, response) => setImmediate(() => json(response, 200, {})))
    const { call } = api(url, { maxConnections: 3 })
    await Promise.all(Array.from({ length: 50 }, () => call({ ...get, signal })))
    expect(sockets()).toBe(3)
  })

  test('of watches keep no call waiting', async () => {
    const { url } = await fakeServer((request, response) => {
      if (request.url?.startsWith('/w') === true) response.writeHead(200).write('\n')
      else json(response, 200, {})
    })
    const { call, watch } = api(url, { maxConnections: 1 })
    const abort = new AbortController()
    const watching = sent('/w')
    const watches = [1, 2, 3].map((each) =>
      errorOf(
        watch({ path: `/w${each}`, signal: abort.signal })
          [Symbol.asyncIterator]()
          .next(),
      ),
    )
    await watching
    expect(await call({ ...get, signal })).toMatchObject({ ok: true })
    abort.abort(new Error('enough'))
    expect(await Promise.all(watches)).toMatchObject([
      { message: 'enough' },
      { message: 'enough' },
      { message: 'enough' },
    ])
  })
})
