import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { directory, files } from '@mooring/adapter-filesystem'
import { type ApplicationStatus, createEngine, defineApplication, memoryStore } from '@mooring/core'
import { gitSource } from '@mooring/source-git'
import { expect, onTestFinished, test } from 'vitest'
import { serveGit } from '../../tools/git-http-server/index.ts'
import { testRepository } from '../../tools/git-repository/index.ts'

/** One engine with a good application beside several that cannot work, each for a reason of its own. */
test('every bad input is told with code, place and cure, and the good application goes on', async () => {
  const repository = await testRepository()
  const guarded = await serveGit({ root: repository.root, auth: { token: 'right' } })
  const liar = createServer((_request, response) => response.end('<html>Sign in</html>'))
  await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve))
  const live = await mkdtemp(join(tmpdir(), 'mooring-live-'))
  await repository.commit({
    files: { 'app/a.txt': 'one\n', 'app/b.txt': 'two\n', 'linked/l': { link: '/etc/passwd' } },
  })
  const url = `${guarded.url}/${repository.name}`
  const liarUrl = `http://127.0.0.1:${(liar.address() as AddressInfo).port}/env.git`
  await writeFile(join(live, 'a-file'), 'in the way')

  const good = { url, auth: { token: 'right' }, pollMs: 100 }
  const engine = createEngine({ store: memoryStore(), installation: 'test' })
  onTestFinished(async () => {
    await engine.stop()
    liar.close()
    await guarded[Symbol.asyncDispose]()
    await repository[Symbol.asyncDispose]()
    await rm(live, { recursive: true, force: true })
  })
  const add = (name: string, source: Parameters<typeof gitSource>[0], path = 'app', folder = name): void =>
    engine.add(
      defineApplication({
        name,
        source: gitSource(source),
        path,
        renderer: files(),
        target: directory(join(live, folder)),
        sync: { intervalMs: 1_000 },
      }),
    )
  add('good', good)
  add('unknown-ref', { ...good, ref: { branch: 'mian' } })
  add('wrong-credentials', { ...good, auth: { token: 'wrong-token' } })
  add('unreachable', { url: 'http://127.0.0.1:9/env.git' })
  add('lying', { url: liarUrl })
  add('no-such-path', good, 'apps/nowhere')
  add('linked', good, 'linked')
  add('occupied', good, 'app', 'a-file')
  await engine.start()

  const expected: Record<string, readonly [code: string, place: string]> = {
    'unknown-ref': ['REF_NOT_FOUND', 'mian'],
    'wrong-credentials': ['AUTHENTICATION_FAILED', url],
    unreachable: ['REPOSITORY_UNREACHABLE', '127.0.0.1:9'],
    lying: ['GIT_PROTOCOL_ERROR', liarUrl],
    'no-such-path': ['PATH_NOT_FOUND', 'apps/nowhere'],
    linked: ['LINK_NOT_SUPPORTED', 'linked/l'],
    occupied: ['PATH_OCCUPIED', 'a-file'],
  }
  const seen: ApplicationStatus[] = []
  for (const [name, [code, place]] of Object.entries(expected)) {
    await expect.poll(async () => (await engine.status(name)).lastError?.code, { timeout: 20_000 }).toBe(code)
    const status = await engine.status(name)
    seen.push(status)
    expect(status.lastError?.message).toContain(place)
    expect(status.lastError?.hint).toBeTruthy()
    expect(status.sync).not.toBe('synced')
  }
  expect(JSON.stringify(seen)).not.toContain('wrong-token')

  await repository.commit({ files: { 'app/a.txt': 'changed\n' } })
  await expect.poll(() => readFile(join(live, 'good/a.txt'), 'utf8'), { timeout: 10_000 }).toBe('changed\n')
  expect((await readdir(live)).toSorted()).toEqual(['a-file', 'good'])
})

test('a directory that cannot be written is told, and is written as soon as it can be', async () => {
  // Root may write everywhere, except where there is no place to write.
  const repository = await testRepository()
  await repository.commit({ files: { 'app/a.txt': 'one\n' } })
  const live = await mkdtemp(join(tmpdir(), 'mooring-live-'))
  const blocked = join(live, 'blocked')
  await writeFile(blocked, '')
  await chmod(blocked, 0o400)
  const engine = createEngine({ store: memoryStore(), installation: 'test' })
  onTestFinished(async () => {
    await engine.stop()
    await repository[Symbol.asyncDispose]()
    await rm(live, { recursive: true, force: true })
  })
  engine.add(
    defineApplication({
      name: 'app',
      source: gitSource({ url: repository.path, pollMs: 100 }),
      path: 'app',
      renderer: files(),
      target: directory(join(blocked, 'below')),
      sync: { intervalMs: 200 },
    }),
  )
  await engine.start()
  await expect
    .poll(async () => (await engine.status('app')).lastError?.message, { timeout: 10_000 })
    .toContain(blocked)
  await rm(blocked)
  await expect
    .poll(() => readFile(join(blocked, 'below/a.txt'), 'utf8').catch(() => ''), { timeout: 10_000 })
    .toBe('one\n')
})
