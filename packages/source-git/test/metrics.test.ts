import { expect, test } from 'vitest'
import { calm, errorOf, newRepository, newSource, openNewest, served, textAt } from './scene.ts'

test('a source counts what it asked, what came, and what it refused', async () => {
  const repository = await newRepository()
  await repository.commit({ files: { 'a.yaml': 'a', large: 'x'.repeat(5000) } })
  const { url, server } = await served(repository)
  const source = newSource({ url, limits: { maxFileBytes: 1000 } })
  expect(source.metrics()).toEqual({
    requests: 0,
    responseBytes: 0,
    fetches: 0,
    objects: 0,
    polls: 0,
    refusals: {},
  })
  const snapshot = await openNewest(source)
  await textAt(snapshot, 'a.yaml')
  for (let time = 0; time < 2; time++) await errorOf(textAt(snapshot, 'large'))
  await errorOf(source.find('0'.repeat(40), { signal: calm }))
  const metrics = source.metrics()
  expect(metrics).toMatchObject({ polls: 1, refusals: { FILE_TOO_LARGE: 2, REVISION_GONE: 1 } })
  expect(metrics.requests).toBe(server.requests().length)
  expect(metrics.fetches).toBeGreaterThanOrEqual(2)
  // A commit, its folder, and the files that were read.
  expect(metrics.objects).toBeGreaterThanOrEqual(3)
  const sent = server.requests().reduce((sum, request) => sum + request.sent, 0)
  expect(metrics.responseBytes).toBeGreaterThan(0)
  expect(metrics.responseBytes).toBeLessThanOrEqual(sent)
})

test('a poll without news is one request and one poll', async () => {
  const repository = await newRepository()
  await repository.commit({ files: { a: 'a' } })
  const { url } = await served(repository)
  const source = newSource({ url })
  const { revision: since } = await source.resolve({ signal: calm })
  const before = source.metrics()
  await source.resolve({ since, signal: calm })
  const after = source.metrics()
  expect(after.requests - before.requests).toBe(1)
  expect(after).toMatchObject({ polls: 2, fetches: before.fetches, objects: before.objects })
})
