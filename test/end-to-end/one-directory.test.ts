import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { directory, files } from '@mooring/adapter-filesystem'
import { createEngine, defineApplication, memoryStore } from '@mooring/core'
import { testCall } from '@mooring/core/testing'
import { gitSource } from '@mooring/source-git'
import { expect, onTestFinished, test } from 'vitest'
import { testRepository } from '../../tools/git-repository/index.ts'

test('two applications that want the same files of one directory leave each file to one of them, and claimed', async () => {
  const repository = await testRepository()
  const root = await mkdtemp(join(tmpdir(), 'mooring-live-'))
  const names = Array.from({ length: 20 }, (_, at) => `file-${at}`)
  const contents = (app: string) => names.map((name) => [`${app}/${name}`, `${app}\n`] as const)
  await repository.commit({ files: Object.fromEntries([...contents('a'), ...contents('b')]) })
  const engine = createEngine({ store: memoryStore(), installation: 'test' })
  onTestFinished(async () => {
    await engine.stop()
    await repository[Symbol.asyncDispose]()
    await rm(root, { recursive: true, force: true })
  })
  const source = gitSource({ url: repository.path })
  for (const name of ['a', 'b']) {
    engine.add(
      defineApplication({
        name,
        source,
        path: name,
        renderer: files(),
        target: directory(join(root, 'live')),
      }),
    )
  }
  await engine.start()
  await Promise.all(['a', 'b'].map((name) => engine.sync(name, { actor: 'ada', timeoutMs: 20_000 })))

  const looker = directory(join(root, 'live'))
  for (const application of ['a', 'b']) {
    const call = testCall({ owner: { installation: 'test', application } })
    const owned: string[] = []
    for await (const { key } of looker.owned?.(call) ?? []) owned.push(key)
    const written = await Promise.all(
      names.map(async (name) =>
        (await readFile(join(root, 'live', name), 'utf8')) === `${application}\n` ? name : '',
      ),
    )
    expect(owned.toSorted()).toEqual(written.filter((name) => name !== '').toSorted())
  }
})
