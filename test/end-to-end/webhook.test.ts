import { createHmac } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { directory, files } from '@mooring/adapter-filesystem'
import { createEngine, defineApplication, memoryStore } from '@mooring/core'
import { gitSource, webhookHandler } from '@mooring/source-git'
import { expect, onTestFinished, test, vi } from 'vitest'
import { serveGit } from '../../tools/git-http-server/index.ts'
import { testRepository } from '../../tools/git-repository/index.ts'

const secret = 'the secret of this test alone'
const anHour = 3_600_000

/** An engine that asks once an hour by itself, and a webhook for its source. */
async function scene() {
  const repository = await testRepository()
  const server = await serveGit({ root: repository.root })
  const live = await mkdtemp(join(tmpdir(), 'mooring-live-'))
  await repository.commit({ files: { 'a.txt': '1' } })
  const url = `${server.url}/${repository.name}`
  const source = gitSource({ url, pollMs: anHour })
  const engine = createEngine({ store: memoryStore(), installation: 'test' })
  const sync = { prune: true, intervalMs: anHour }
  engine.add(
    defineApplication({ name: 'web', source, path: '', renderer: files(), target: directory(live), sync }),
  )
  onTestFinished(async () => {
    await engine.stop()
    await source[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
    await repository[Symbol.asyncDispose]()
    await rm(live, { recursive: true, force: true })
  })
  const known = (id: string) =>
    new Promise<void>((resolve) => {
      engine.on('source.resolved', ({ revision }) => {
        if (revision.id === id) resolve()
      })
    })
  const first = known(await repository.idOf())
  await engine.start()
  await first
  await vi.waitFor(async () => expect((await engine.status('web')).sync).toBe('synced'), { timeout: 4000 })
  const handle = webhookHandler({
    secrets: { gitea: secret },
    sources: [{ url, source }],
    wake: (one) => engine.refresh(one),
  })
  const push = async (ref: string): Promise<number> => {
    const body = JSON.stringify({ ref, repository: { clone_url: url } })
    const signature = createHmac('sha256', secret).update(body).digest('hex')
    const headers = { 'x-gitea-event': 'push', 'x-gitea-signature': signature }
    return (await handle(new Request('http://127.0.0.1/', { method: 'POST', headers, body }))).status
  }
  return { repository, server, push, known }
}

test('a commit that a webhook tells of is known after two requests on a connection that is there', async () => {
  const { repository, server, push, known } = await scene()
  const id = await repository.commit({ files: { 'a.txt': '2' } })
  const before = server.requests().length
  const arrived = known(id).then(() => server.requests().slice(before))
  expect(await push('refs/heads/main')).toBe(202)
  // What refs point at, and what is new. Files come with it.
  expect((await arrived).map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /env.git/git-upload-pack',
    'POST /env.git/git-upload-pack',
  ])
})

test('a push to another branch asks for nothing', async () => {
  const { repository, server, push, known } = await scene()
  await repository.commit({ files: { 'a.txt': '2' }, branch: 'next' })
  const before = server.requests().length
  expect(await push('refs/heads/next')).toBe(202)
  const id = await repository.commit({ files: { 'a.txt': '3' } })
  const arrived = known(id)
  expect(await push('refs/heads/main')).toBe(202)
  await arrived
  expect(server.requests().length - before).toBe(2)
})
