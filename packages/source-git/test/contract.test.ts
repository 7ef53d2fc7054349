import { describeSource, type FileChanges } from '@mooring/core/testing'
import { describe, test } from 'vitest'
import { serveGit } from '../../../tools/git-http-server/index.ts'
import { type NewCommit, type TestRepository, testRepository } from '../../../tools/git-repository/index.ts'
import { gitSource } from '../src/index.ts'

for (const place of ['over HTTP', 'of this machine'] as const) {
  describe(`a repository ${place}`, () => {
    describeSource({
      describe,
      test,
      make: async () => {
        const repository = await testRepository()
        const server = await serveGit({ root: repository.root })
        const source = gitSource({
          url: place === 'over HTTP' ? `${server.url}/${repository.name}` : repository.path,
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
