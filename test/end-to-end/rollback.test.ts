import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { directory, files } from '@mooring/adapter-filesystem'
import { createEngine, defineApplication, type Engine } from '@mooring/core'
import { gitSource } from '@mooring/source-git'
import { sqliteStore } from '@mooring/store-sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { serveGit } from '../../tools/git-http-server/index.ts'
import { testRepository } from '../../tools/git-repository/index.ts'

/** Engines one after the other on the same store, between a repository that git itself serves and a directory. */
async function scene() {
  const repository = await testRepository()
  const server = await serveGit({ root: repository.root })
  const folder = await mkdtemp(join(tmpdir(), 'mooring-rollback-'))
  let engine: Engine | undefined
  onTestFinished(async () => {
    await engine?.stop()
    await server[Symbol.asyncDispose]()
    await repository[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })
  const start = async (): Promise<Engine> => {
    engine = createEngine({ store: sqliteStore(join(folder, 'mooring.db')) })
    engine.add(
      defineApplication({
        name: 'site',
        source: gitSource({ url: `${server.url}/${repository.name}`, pollMs: 50 }),
        path: 'site',
        renderer: files(),
        target: directory(join(folder, 'live')),
        sync: { prune: true },
      }),
    )
    await engine.start()
    return engine
  }
  const page = (): Promise<string> => readFile(join(folder, 'live', 'page'), 'utf8')
  const shows = (text: string): Promise<void> => expect.poll(page, { timeout: 20_000 }).toBe(text)
  const commit = (text: string, parent?: null): Promise<string> =>
    repository.commit({ message: text, files: { 'site/page': text }, ...(parent === null && { parent }) })
  return { repository, start, page, shows, commit }
}

describe('a rollback after a force-push', () => {
  test('brings back what the server has forgotten, while this process has it', async () => {
    const { repository, start, shows, page, commit } = await scene()
    const one = await commit('one')
    const engine = await start()
    await shows('one')
    await commit('two', null)
    await shows('two')
    await repository.git(['reflog', 'expire', '--expire=now', '--all'])
    await repository.git(['gc', '--quiet', '--prune=now'])
    await expect(repository.git(['cat-file', '-e', one])).rejects.toThrow()
    const result = await engine.rollback('site', { to: 'previous', actor: 'ada' })
    expect(result).toMatchObject({ outcome: 'synced', revision: { id: one }, reasons: [] })
    expect(await page()).toBe('one')
  })

  test('brings back after a restart what the server still has', async () => {
    const { start, shows, page, commit } = await scene()
    const one = await commit('one')
    const first = await start()
    await shows('one')
    await commit('two', null)
    await shows('two')
    await first.stop()
    const engine = await start()
    const result = await engine.rollback('site', { to: 'previous', actor: 'ada' })
    expect(result).toMatchObject({ outcome: 'synced', revision: { id: one } })
    expect(await page()).toBe('one')
  })

  test('says what is gone, and pins nothing, where nobody has it any more', async () => {
    const { repository, start, shows, page, commit } = await scene()
    await commit('one')
    const first = await start()
    await shows('one')
    await commit('two', null)
    await shows('two')
    await first.stop()
    await repository.git(['reflog', 'expire', '--expire=now', '--all'])
    await repository.git(['gc', '--quiet', '--prune=now'])
    const engine = await start()
    await expect(engine.rollback('site', { to: 'previous', actor: 'ada' })).rejects.toMatchObject({
      code: 'REVISION_GONE',
    })
    expect(await page()).toBe('two')
    expect((await engine.status('site')).pin).toBeUndefined()
  })
})
