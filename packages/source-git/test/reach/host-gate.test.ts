import { describe, expect, test } from 'vitest'
import { hostGates } from '../../src/wire/host-gate.ts'
import { answering, calm, errorOf, newRepository, newSource, served } from '../scene.ts'

const origin = 'https://git.example.com'

describe('the line before a host', () => {
  test('lets so many in, and the others in order when somebody leaves', async () => {
    const gate = hostGates()(origin)
    const order: string[] = []
    const leave = await Promise.all([gate.enter(2, 'a', calm), gate.enter(2, 'a', calm)])
    const later = ['c', 'd'].map((name) =>
      gate.enter(2, 'a', calm).then(() => {
        order.push(name)
      }),
    )
    leave[0]?.()
    leave[0]?.()
    await later[0]
    expect(order).toEqual(['c'])
    leave[1]?.()
    await later[1]
    expect(order).toEqual(['c', 'd'])
  })

  test('is left by who aborts, and no place is lost', async () => {
    const gate = hostGates()(origin)
    const leave = await gate.enter(1, 'a', calm)
    const abort = new AbortController()
    const impatient = gate.enter(1, 'a', abort.signal)
    const patient = gate.enter(1, 'a', calm)
    const reason = new Error('enough')
    abort.abort(reason)
    await expect(impatient).rejects.toBe(reason)
    leave()
    await patient
  })

  test('holds up nobody whose own requests do not hang, up to twice the places', async () => {
    const gate = hostGates()(origin)
    const order: string[] = []
    const wait = (party: string, name: string) => gate.enter(2, party, calm).then(() => order.push(name))
    const [leave] = await Promise.all([gate.enter(2, 'a', calm), gate.enter(2, 'a', calm)])
    const later = [wait('a', 'a3'), wait('a', 'a4')]
    await wait('b', 'b1')
    await wait('c', 'c1')
    const fifth = wait('d', 'd1')
    const sixth = wait('a', 'a5')
    await Promise.resolve()
    expect(order).toEqual(['b1', 'c1'])
    leave?.()
    await fifth
    expect(order).toEqual(['b1', 'c1', 'd1'])
    void [later, sixth]
  })

  test('lets in one of each party after the other', async () => {
    const gate = hostGates()(origin)
    const order: string[] = []
    const wait = (party: string, name: string) =>
      gate.enter(1, party, calm).then((leave) => {
        order.push(name)
        return leave
      })
    const leave = [await gate.enter(1, 'a', calm), await gate.enter(1, 'b', calm)]
    const all = [wait('a', 'a1'), wait('a', 'a2'), wait('a', 'a3'), wait('b', 'b1'), wait('b', 'b2')]
    for (const one of leave) one()
    for (const one of all) void one.then((go) => go())
    await Promise.all(all)
    expect(order.indexOf('b2')).toBeLessThan(order.indexOf('a3'))
  })

  test('is another one for another host', async () => {
    const gates = hostGates()
    await gates(origin).enter(1, 'a', calm)
    await gates('https://other.example.com').enter(1, 'a', calm)
  })
})

describe('a host that wants to be left alone', () => {
  test('is left alone for as long as it said, by whoever shows the same credentials', async () => {
    let at = 0
    const gate = hostGates(() => at)(origin)
    gate.pause('token', 5000)
    const error = await errorOf(() => gate.refuseWhilePaused('token', origin))
    expect(error).toMatchObject({ code: 'RATE_LIMITED', kind: 'transient', retryAfterMs: 5000 })
    expect(() => gate.refuseWhilePaused('other', origin)).not.toThrow()
    expect(() => gate.refuseWhilePaused(undefined, origin)).not.toThrow()
    at = 5000
    expect(() => gate.refuseWhilePaused('token', origin)).not.toThrow()
  })

  test('gets twice as long every time it does not say, until it answers', async () => {
    let at = 0
    const gate = hostGates(() => at)(origin)
    const rests: (number | undefined)[] = []
    for (let time = 0; time < 8; time++) {
      gate.pause(undefined, undefined)
      rests.push((await errorOf(() => gate.refuseWhilePaused(undefined, origin))).retryAfterMs)
      at += 1_000_000
    }
    expect(rests).toEqual([10, 20, 40, 80, 160, 300, 300, 300].map((seconds) => seconds * 1000))
    gate.welcome(undefined)
    gate.pause(undefined, undefined)
    expect((await errorOf(() => gate.refuseWhilePaused(undefined, origin))).retryAfterMs).toBe(10_000)
  })

  test('hears nothing from its other repositories either', async () => {
    let requests = 0
    const url = await answering((_request, response) => {
      requests++
      response.writeHead(429, { 'retry-after': '60' }).end()
    })
    expect((await errorOf(newSource({ url: `${url}/one` }).resolve({ signal: calm }))).code).toBe(
      'RATE_LIMITED',
    )
    const before = requests
    const error = await errorOf(newSource({ url: `${url}/two` }).resolve({ signal: calm }))
    expect(error.code).toBe('RATE_LIMITED')
    expect(error.retryAfterMs).toBeGreaterThan(50_000)
    expect(requests).toBe(before)
  })
})

test('twenty sources of one host ask it one after the other when one at a time is allowed', async () => {
  const repository = await newRepository()
  await repository.commit({ files: { a: 'a' } })
  let open = 0
  let most = 0
  const { url } = await served(repository, {
    onRequest: (_request, response) => {
      most = Math.max(most, ++open)
      response.once('close', () => open--)
      return undefined
    },
  })
  const options = { url, limits: { maxRequestsPerHost: 1 } }
  const sources = Array.from({ length: 20 }, (_, at) => newSource({ ...options, timeoutMs: 60_000 + at }))
  await Promise.all(sources.map((source) => source.resolve({ signal: calm })))
  expect(most).toBe(1)
})

test('repositories that hang under one token hold up nobody with another one', async () => {
  const repository = await newRepository()
  await repository.commit({ files: { a: 'a' } })
  const { url, server } = await served(repository, {
    onRequest: ({ url: path = '' }) =>
      path.includes('slow') ? new Promise<never>(() => undefined) : undefined,
  })
  const limits = { maxRequestsPerHost: 2 }
  const abort = new AbortController()
  const hanging = Array.from({ length: 6 }, (_, at) => {
    const source = newSource({ url: `${server.url}/slow${at}.git`, auth: { token: 'A' }, limits })
    return source.resolve({ signal: abort.signal }).catch((thrown: unknown) => thrown)
  })
  const source = newSource({ url, auth: { token: 'B' }, limits })
  expect((await source.resolve({ signal: calm })).kind).toBe('forward')
  abort.abort()
  await Promise.all(hanging)
})
