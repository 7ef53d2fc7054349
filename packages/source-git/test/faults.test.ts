import { isMooringError } from '@mooring/core'
import { describe, expect, test } from 'vitest'
import { type FaultProxy, faultProxy } from '../../../tools/fault-proxy/index.ts'
import { calm, endWithTest, errorOf, newRepository, newSource, openNewest, served, textAt } from './scene.ts'

async function behindFaults() {
  const repository = await newRepository()
  const noise = Array.from({ length: 20 }, (_, at) => [`apps/${at}.yaml`, `${at}\n`.repeat(500)] as const)
  await repository.commit({ files: Object.fromEntries(noise) })
  const { url, server } = await served(repository)
  const proxy = endWithTest(await faultProxy({ host: '127.0.0.1', port: Number(new URL(url).port) }))
  const address = url.replace(new URL(url).host, `${proxy.host}:${proxy.port}`)
  return { repository, proxy, server, url: address }
}

/** What a look at everything takes, in bytes that come. */
async function bytesOfLook(proxy: FaultProxy, url: string): Promise<number> {
  const before = proxy.counts().bytesDown
  await look(newSource({ url, timeoutMs: 60_001 }))
  return proxy.counts().bytesDown - before
}

async function look(source: ReturnType<typeof newSource>): Promise<string> {
  const snapshot = await openNewest(source)
  expect(await textAt(snapshot, 'apps/7.yaml')).toBe('7\n'.repeat(500))
  return snapshot.revision.id
}

const passing = ['REPOSITORY_CORRUPT', 'REPOSITORY_UNREACHABLE']

describe('a line that fails', () => {
  test('after any number of bytes ends in an error that passes, and the next look finds everything', {
    timeout: 60_000,
  }, async () => {
    const { proxy, url, repository } = await behindFaults()
    const id = await repository.idOf()
    const total = await bytesOfLook(proxy, url)
    const cuts = [
      0,
      1,
      3,
      4,
      5,
      20,
      ...Array.from({ length: 14 }, (_, at) => Math.floor((total * (at + 1)) / 15)),
    ]
    for (const [at, down] of cuts.entries()) {
      const source = newSource({ url, timeoutMs: 10_000 + at })
      proxy.cutAfter({ down })
      const thrown = await look(source).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (thrown !== undefined) {
        expect(
          isMooringError(thrown) && passing.includes(thrown.code) && thrown.kind === 'transient',
          `${down}`,
        ).toBe(true)
      }
      await proxy.restore()
      expect(await look(source)).toBe(id)
    }
  })

  test('amid news leaves what was there, readable', async () => {
    const { proxy, url, repository } = await behindFaults()
    const source = newSource({ url })
    const snapshot = await openNewest(source)
    await textAt(snapshot, 'apps/1.yaml')
    await repository.commit({ files: { 'apps/1.yaml': 'new' } })
    for (const down of [0, 30, 100, 300, 500]) {
      proxy.cutAfter({ down })
      await source.resolve({ since: snapshot.revision, signal: calm }).catch((error: unknown) => {
        expect(passing).toContain(isMooringError(error) ? error.code : error)
      })
      await proxy.restore()
      expect(await textAt(snapshot, 'apps/1.yaml')).toBe('1\n'.repeat(500))
    }
    const { kind } = await source.resolve({ since: snapshot.revision, signal: calm })
    expect(kind).toBe('forward')
  })

  test('because it was reset is asked again at the next look', async () => {
    const { proxy, url } = await behindFaults()
    const source = newSource({ url })
    await look(source)
    proxy.reset()
    // The connection that was kept open is gone, which costs one more try and no error.
    await look(source)
  })

  test('without a word, in either direction, is left at the deadline', async () => {
    const { proxy, url } = await behindFaults()
    for (const directions of [['up'], ['down'], ['up', 'down']] as const) {
      const source = newSource({ url, timeoutMs: 300 + directions.length })
      proxy.swallow(...directions)
      const error = await errorOf(source.resolve({ signal: calm }))
      expect(error).toMatchObject({ code: 'REPOSITORY_UNREACHABLE', kind: 'transient' })
      await proxy.restore()
      proxy.reset()
      expect(isMooringError(error)).toBe(true)
    }
  })

  test('by being slow is left at the deadline, and read when there is time', async () => {
    const { proxy, url } = await behindFaults()
    proxy.bandwidth(300)
    const error = await errorOf(look(newSource({ url, timeoutMs: 400 })))
    expect(error.code).toBe('REPOSITORY_UNREACHABLE')
    await proxy.restore()
    proxy.latency(20)
    await look(newSource({ url, timeoutMs: 30_000 }))
  })

  test('because nobody listens is an error that passes', async () => {
    const { proxy, url } = await behindFaults()
    const source = newSource({ url })
    await look(source)
    await proxy.refuse()
    proxy.reset()
    expect((await errorOf(source.resolve({ signal: calm }))).code).toBe('REPOSITORY_UNREACHABLE')
    await proxy.restore()
    await look(source)
  })
})
