import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  appChanged,
  baseChanged,
  bases,
  type ManyApplications,
  manyApplications,
  nameOf,
} from './many-applications.ts'

const count = 1_000
let many: ManyApplications

// Made once: what the tests do is one commit each.
beforeAll(async () => {
  many = await manyApplications(count)
}, 120_000)
afterAll(async () => many[Symbol.asyncDispose]())

const once = { polls: 1, requests: 2, downloads: 1 }

test('a commit to one folder of a thousand is one poll, one download, one rendering and one pass with changes', async () => {
  expect(await many.commit(appChanged(7, 'second'))).toMatchObject({
    ...once,
    rendered: [`apps/${nameOf(7)}`],
    changed: [nameOf(7)],
    recorded: [nameOf(7)],
  })
})

test('a commit to a shared base renders exactly the applications whose renderer read it', async () => {
  const readers = Array.from({ length: count / bases }, (_, at) => nameOf(at * bases + 3))
  expect(await many.commit(baseChanged(3, 'second'))).toMatchObject({
    ...once,
    rendered: readers.map((name) => `apps/${name}`),
    changed: readers,
    recorded: readers,
  })
})

test('a commit to a file that nobody reads renders and records nothing', async () => {
  expect(await many.commit({ 'README.md': 'hello' })).toMatchObject({
    ...once,
    rendered: [],
    changed: [],
    recorded: [],
  })
})

test('a file added to a folder that was not listed renders nothing', async () => {
  expect(await many.commit({ [`apps/${nameOf(9)}/notes.txt`]: 'hello' })).toMatchObject({
    ...once,
    rendered: [],
    changed: [],
    recorded: [],
  })
})
