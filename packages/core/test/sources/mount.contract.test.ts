import { mount } from '@mooring/core'
import { describeSource, type FileChanges, memorySource } from '@mooring/core/testing'
import { describe, test } from 'vitest'

/** The files that stand in a folder, as the source under it has them; the others as they are. */
const split = (files: FileChanges, folder: string): readonly [FileChanges, FileChanges] => {
  const inside = Object.entries(files).filter(([path]) => path.startsWith(`${folder}/`))
  const outside = Object.entries(files).filter(([path]) => !path.startsWith(`${folder}/`))
  const inner = inside.map(([path, change]) => [path.slice(folder.length + 1), change])
  return [Object.fromEntries(outside), Object.fromEntries(inner)]
}

describe('a mount with everything in its root', () => {
  describeSource({
    describe,
    test,
    make: async () => {
      const root = memorySource()
      const source = mount({ '/': root, '/beside/it': memorySource({ name: 'quiet', files: {} }) })
      return {
        source,
        commit: async (files) => root.commit(files),
        rewrite: async (files) => root.replaceHistory(files),
        close: () => source[Symbol.asyncDispose](),
      }
    },
  })
})

describe('a mount with each folder in a source of its own', () => {
  describeSource({
    describe,
    test,
    make: async () => {
      const root = memorySource({ name: 'root', files: {} })
      const app = memorySource({ name: 'app', files: {} })
      const source = mount({ '/': root, '/app': app })
      return {
        source,
        commit: async (files) => {
          const [outside, inside] = split(files, 'app')
          if (Object.keys(outside).length > 0) root.commit(outside)
          if (Object.keys(inside).length > 0) app.commit(inside)
        },
        rewrite: async (files) => {
          const [outside, inside] = split(files, 'app')
          root.replaceHistory(outside)
          app.replaceHistory(inside)
        },
        close: () => source[Symbol.asyncDispose](),
      }
    },
  })
})
