import { describeSource, type FileChanges } from '@mooring/core/testing'
import { describe, test } from 'vitest'
import { serveGit } from '../../../tools/git-http-server/index.ts'
import { type NewCommit, type TestRepository, testRepository } from '../../../tools/git-repository/index.ts'
import { gitSource } from '../src/index.ts'

const places = [
  'over HTTP',
  'over HTTP that leaves files out',
  'over HTTP of an old server',
  'with SHA-256 over HTTP',
  'of this machine',
] as const

for (const place of places) {
  describe(`a repository ${place}`, () => {
    describeSource({
      describe,
      test,
      make: async () => {
        const format = place.includes('SHA-256') ? 'sha256' : 'sha1'
        const repository = await testRepository('env.git', format)
        await repository.git(['config', 'uploadpack.allowFilter', String(place.includes('leaves files out'))])
        const protocol = place.includes('old server') ? 0 : 2
        const server = await serveGit({ root: repository.root, protocol })
        const source = gitSource({
          url: place === 'of this machine' ? repository.path : `${server.url}/${repository.name}`,
        })
        return {
          source,
          commit: (files) => repository.commit({ files: filesOf(files) }),
          rewrite: (files) => rewrite(repository, files),
          close: async () => {
            await source[Symbol.asyncDispose]()
            await server[Symbol.asyncDispose]()
            await repository[Symbol.asyncDispose]()
          },
        }
      },
    })
  })
}

const rewrite = (repository: TestRepository, files: FileChanges): Promise<string> =>
  repository.commit({ files: filesOf(files), parent: null })

const filesOf = (files: FileChanges): NonNullable<NewCommit['files']> =>
  Object.fromEntries(
    Object.entries(files).map(([path, change]) => {
      if (change === null || typeof change === 'string' || change instanceof Uint8Array) return [path, change]
      return [
        path,
        change.executable === true ? { content: change.content, executable: true } : change.content,
      ]
    }),
  )
