import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { directory, files } from '@mooring/adapter-filesystem'
import { createEngine, defineApplication, type Engine, memoryStore } from '@mooring/core'
import { gitSource } from '@mooring/source-git'
import { describe, expect, onTestFinished, test } from 'vitest'
import { serveGit } from '../../tools/git-http-server/index.ts'
import { testRepository } from '../../tools/git-repository/index.ts'
import { overlayRenderer } from './overlay-renderer.ts'
import { type RepositoryFiles, realRepositories, realRepository, smallRepository } from './repositories.ts'

const overlays = ['dev', 'production', 'staging']

/** A repository served by git itself, and several applications that keep folders of it in directories. */
async function scene(content: RepositoryFiles, folders: readonly string[]) {
  const repository = await testRepository()
  const server = await serveGit({ root: repository.root })
  const live = await mkdtemp(join(tmpdir(), 'mooring-live-'))
  await repository.commit({ message: 'first', files: asChanges(content) })
  const rendered: string[] = []
  const renderer = overlayRenderer((path) => rendered.push(path))
  const source = gitSource({ url: `${server.url}/${repository.name}`, pollMs: 100 })
  const engine = createEngine({ store: memoryStore(), installation: 'test' })
  const add = (name: string, path: string, how: 'overlay' | 'files'): void =>
    engine.add(
      defineApplication({
        name,
        source,
        path,
        renderer: how === 'overlay' ? renderer : watched(path, rendered),
        target: directory(join(live, name)),
        sync: { prune: true, intervalMs: 60_000 },
      }),
    )
  for (const name of overlays) add(name, `deploy/overlays/${name}`, 'overlay')
  for (const path of folders) add(path.replaceAll('/', '-'), path, 'files')
  onTestFinished(async () => {
    await engine.stop()
    await server[Symbol.asyncDispose]()
    await repository[Symbol.asyncDispose]()
    await rm(live, { recursive: true, force: true })
  })
  await engine.start()
  await allSynced(engine, await repository.idOf())
  return { repository, server, engine, live, rendered }
}

/** `files()`, telling when it renders. */
function watched(path: string, rendered: string[]): ReturnType<typeof files> {
  const plain = files()
  return {
    ...plain,
    render: (input, options) => {
      rendered.push(path)
      return plain.render(input, options)
    },
  }
}

const asChanges = (content: RepositoryFiles) =>
  Object.fromEntries(
    Object.entries(content).map(([path, file]) => [
      path,
      file.executable ? { content: file.content, executable: true as const } : file.content,
    ]),
  )

/** Waits until every application is in sync with this commit. */
async function allSynced(engine: Engine, revision: string): Promise<void> {
  await expect
    .poll(
      async () => {
        const states = await Promise.all(engine.applications().map((name) => engine.status(name)))
        return states.filter((status) => status.sync !== 'synced' || status.desired?.id !== revision)
      },
      { timeout: 30_000 },
    )
    .toEqual([])
}

/** Every file below a folder but the directory's marker, with content and mode. */
async function treeOf(root: string): Promise<Record<string, { content: string; executable: boolean }>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const found = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const tree = await Promise.all(
    found.map(async (path) => {
      const { mode } = await stat(path)
      const content = (await readFile(path)).toString('base64')
      return [relative(root, path), { content, executable: (mode & 0o777) === 0o755 }] as const
    }),
  )
  return Object.fromEntries(tree.filter(([path]) => path !== '.mooring'))
}

const expectedTree = (content: RepositoryFiles, folder: string) =>
  Object.fromEntries(
    Object.entries(content)
      .filter(([path]) => path.startsWith(`${folder}/`))
      .map(([path, file]) => [
        path.slice(folder.length + 1),
        { content: Buffer.from(file.content).toString('base64'), executable: file.executable },
      ]),
  )

function behaviour(content: RepositoryFiles, folder: string): void {
  const base = 'deploy/bases/backend/deployment.yaml'

  test('files and modes are equal in every directory', async () => {
    const { live } = await scene(content, [folder])
    expect(await treeOf(join(live, folder.replaceAll('/', '-')))).toEqual(expectedTree(content, folder))
    for (const name of overlays) {
      const tree = await treeOf(join(live, name))
      expect(tree['deploy/bases/frontend/scripts/warm-cache.sh']?.executable).toBe(true)
      expect(tree[base]).toEqual(expectedTree(content, 'deploy/bases/backend')['deployment.yaml'])
    }
  })

  test('a commit renders exactly the applications that read what it touches', async () => {
    const { engine, repository, rendered, live } = await scene(content, [folder])
    rendered.length = 0
    await allSynced(
      engine,
      await repository.commit({ files: { 'deploy/overlays/dev/namespace.yaml': 'changed: dev\n' } }),
    )
    expect(rendered).toContain('deploy/overlays/dev')
    expect(new Set(rendered)).toEqual(new Set(['deploy/overlays/dev']))

    rendered.length = 0
    await allSynced(engine, await repository.commit({ files: { [base]: 'changed: base\n' } }))
    expect(new Set(rendered)).toEqual(new Set(overlays.map((name) => `deploy/overlays/${name}`)))
    for (const name of overlays)
      expect(await readFile(join(live, name, base), 'utf8')).toBe('changed: base\n')

    rendered.length = 0
    await allSynced(engine, await repository.commit({ files: { 'nobody/reads/this.txt': 'hello' } }))
    expect(rendered).toEqual([])
  })

  test('drift, a deletion and a rename are healed or pruned', async () => {
    const { engine, repository, live } = await scene(content, [folder])
    const kept = join(live, folder.replaceAll('/', '-'))
    const before = expectedTree(content, folder)
    const [first = '', second = ''] = Object.keys(before)

    await writeFile(join(kept, first), 'edited by hand')
    await rm(join(kept, second))
    await expect.poll(() => treeOf(kept), { timeout: 10_000 }).toEqual(before)
    await chmod(join(kept, first), 0o777)
    await expect.poll(() => treeOf(kept), { timeout: 10_000 }).toEqual(before)

    const renamed = `${folder}/renamed-by-a-commit.yaml`
    const { content: same } = content[`${folder}/${first}`] as { readonly content: Uint8Array }
    await allSynced(
      engine,
      await repository.commit({ files: { [`${folder}/${first}`]: null, [renamed]: same } }),
    )
    const after = await treeOf(kept)
    expect(Object.keys(after)).not.toContain(first)
    expect(after['renamed-by-a-commit.yaml']?.content).toBe(Buffer.from(same).toString('base64'))
  })

  test('a broken commit changes nothing, says which file, and leaves the others alone', async () => {
    const { engine, repository, live } = await scene(content, [folder])
    const before = await treeOf(join(live, 'dev'))
    await repository.commit({
      files: {
        'deploy/overlays/dev/kustomization.yaml': 'nonsense\n',
        'deploy/overlays/staging/namespace.yaml': 'still: followed\n',
        [`${folder}/outside`]: { link: '../../../etc/passwd' },
      },
    })
    await expect
      .poll(async () => (await engine.status('dev')).lastError?.message)
      .toContain('deploy/overlays/dev/kustomization.yaml')
    await expect
      .poll(async () => (await engine.status(folder.replaceAll('/', '-'))).lastError?.message)
      .toContain(`${folder}/outside`)
    await expect.poll(() => readFile(join(live, 'staging/namespace.yaml'), 'utf8')).toBe('still: followed\n')
    expect(await treeOf(join(live, 'dev'))).toEqual(before)
    expect((await engine.status('dev')).sync).not.toBe('synced')
  })
}

describe('a small repository over HTTP', () => {
  behaviour(smallRepository, 'kustomize')

  test('costs one request for each poll while nothing happens, and is not deaf', async () => {
    const { engine, server, repository, live } = await scene(smallRepository, ['kustomize'])
    const before = server.requests().length
    let rendered = 0
    engine.on('pass.finished', (event) => {
      if (event.rendered) rendered++
    })
    await expect.poll(() => server.requests().length, { timeout: 20_000 }).toBeGreaterThan(before + 10)
    const asked = server.requests().slice(before)
    expect(new Set(asked.map((request) => `${request.method} ${request.path}`))).toEqual(
      new Set([`POST /${repository.name}/git-upload-pack`]),
    )
    expect(rendered).toBe(0)
    await writeFile(join(live, 'dev/namespace.yaml'), 'edited by hand')
    await expect
      .poll(() => readFile(join(live, 'dev/namespace.yaml'), 'utf8'))
      .toBe('kind: Namespace\nname: dev\n')
  })
})

describe.runIf(realRepositories.includes('podinfo'))('podinfo over HTTP', () => {
  behaviour(realRepositories.includes('podinfo') ? realRepository('podinfo') : {}, 'kustomize')
})

describe.runIf(realRepositories.length === 2)('two repositories at once', () => {
  test('are kept in many directories by one engine', async () => {
    const live = await mkdtemp(join(tmpdir(), 'mooring-live-'))
    const engine = createEngine({ store: memoryStore(), installation: 'test' })
    onTestFinished(async () => {
      await engine.stop()
      await rm(live, { recursive: true, force: true })
    })
    const kept: { readonly root: string; readonly tree: ReturnType<typeof expectedTree> }[] = []
    for (const name of realRepositories) {
      const content = realRepository(name)
      const repository = await testRepository(`${name}.git`)
      await repository.commit({ files: asChanges(content) })
      const server = await serveGit({ root: repository.root })
      onTestFinished(async () => {
        await server[Symbol.asyncDispose]()
        await repository[Symbol.asyncDispose]()
      })
      const source = gitSource({ url: `${server.url}/${repository.name}`, pollMs: 200 })
      for (const path of new Set(Object.keys(content).map((file) => file.split('/')[0] as string))) {
        if (!Object.keys(content).some((file) => file.startsWith(`${path}/`))) continue
        const root = join(live, name, path)
        kept.push({ root, tree: expectedTree(content, path) })
        engine.add(
          defineApplication({
            name: `${name}-${path}`,
            source,
            path,
            renderer: files(),
            target: directory(root),
          }),
        )
      }
    }
    await engine.start()
    for (const { root, tree } of kept) {
      await expect.poll(() => treeOf(root).catch(() => ({})), { timeout: 30_000 }).toEqual(tree)
    }
    expect(kept.length).toBeGreaterThan(4)
  })
})
