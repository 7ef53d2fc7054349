import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { WatchHint } from '@mooring/core'
import { expect, test } from 'vitest'
import { type Scene, scene, text } from './scene.ts'

async function* none(): AsyncGenerator<WatchHint> {}

/** The hints of a watch, one after the other. Disposing it aborts the watch and waits for its end. */
function hintsOf({ target }: Scene) {
  const abort = new AbortController()
  const hints = (target.watch ?? none)({ signal: abort.signal })[Symbol.asyncIterator]()
  const next = async (): Promise<WatchHint | undefined> => {
    const { value, done } = await hints.next()
    return done ? undefined : value
  }
  return {
    next,
    /** Reads hints until one names this key, or names all. */
    async until(key: string): Promise<WatchHint | undefined> {
      for (;;) {
        const hint = await next()
        if (hint === undefined || 'all' in hint || hint.keys.includes(key)) return hint
      }
    },
    abort: () => abort.abort(),
    async [Symbol.asyncDispose]() {
      abort.abort()
      while ((await next()) !== undefined);
    },
  }
}

test('begins with a hint at everything, since nobody knows what happened before', async () => {
  await using place = await scene()
  await place.apply(text('a'))
  await using hints = hintsOf(place)
  expect(await hints.next()).toMatchObject({ all: true, reason: expect.stringContaining('begins') })
})

test.each([
  ['an edit', async (file: string) => writeFile(file, 'edited')],
  ['a deletion', async (file: string) => rm(file)],
  [
    'another file renamed over it',
    async (file: string) => {
      await writeFile(`${file}~`, 'saved')
      await rename(`${file}~`, file)
    },
  ],
])('sees %s, also of a file that it has written itself before', async (_, disturb) => {
  await using place = await scene()
  await place.apply(text('a/b/file'))
  await using hints = hintsOf(place)
  await hints.next()
  await place.apply(text('a/b/file', 'updated\n'))
  expect(await hints.until('a/b/file')).toMatchObject({ keys: expect.arrayContaining(['a/b/file']) })
  await disturb(join(place.root, 'a/b/file'))
  expect(await hints.until('a/b/file')).toMatchObject({ keys: expect.arrayContaining(['a/b/file']) })
})

test('sees a new file beside ours', async () => {
  await using place = await scene()
  await place.apply(text('a/file'))
  await using hints = hintsOf(place)
  await hints.next()
  await place.edit('a/new', 'content')
  expect(await hints.until('a/new')).toEqual({ keys: ['a/new'] })
})

test('sees files in a folder that it has created since', async () => {
  await using place = await scene()
  await place.apply(text('a'))
  await using hints = hintsOf(place)
  await hints.next()
  await place.apply(text('new/er/file'))
  await hints.until('new/er/file')
  await place.edit('new/er/file', 'edited')
  expect(await hints.until('new/er/file')).toMatchObject({ keys: expect.arrayContaining(['new/er/file']) })
})

test('names every file of ours below a folder that is moved away, and watches the one that comes in its place', async () => {
  await using place = await scene()
  await place.apply(text('a/b/one'))
  await place.apply(text('a/two'))
  await using hints = hintsOf(place)
  await hints.next()
  await rename(join(place.root, 'a'), join(place.outside, 'moved'))
  const gone = await hints.until('a/b/one')
  expect(gone).toMatchObject({ keys: expect.arrayContaining(['a/b/one', 'a/two']) })
  await place.edit('a/b/one', 'another')
  await hints.until('a/b/one')
  await place.edit('a/b/one', 'edited')
  expect(await hints.until('a/b/one')).toMatchObject({ keys: expect.arrayContaining(['a/b/one']) })
})

test('says nothing of the marker and of drafts', async () => {
  await using place = await scene()
  await place.apply(text('a'))
  await using hints = hintsOf(place)
  await hints.next()
  await writeFile(join(place.root, '.mooring-tmp-1'), 'draft')
  await place.apply(text('b'))
  await place.edit('z', 'last')
  const seen = new Set<string>()
  while (!seen.has('z')) {
    const hint = await hints.next()
    if (hint && 'keys' in hint) for (const key of hint.keys) seen.add(key)
  }
  expect([...seen].sort()).toEqual(['b', 'z'])
})

test('waits for a directory that does not exist yet', async () => {
  await using place = await scene()
  await using hints = hintsOf(place)
  const first = hints.next()
  await place.apply(text('a'))
  expect(await first).toMatchObject({ all: true })
  await place.edit('a', 'edited')
  expect(await hints.until('a')).toMatchObject({ keys: ['a'] })
})

test('hints at everything when another directory takes the place, and watches that', async () => {
  await using place = await scene()
  await place.apply(text('a'))
  await using hints = hintsOf(place)
  await hints.next()
  await rename(place.root, join(place.outside, 'moved'))
  await mkdir(place.root)
  expect(await hints.next()).toMatchObject({ all: true, reason: expect.stringContaining('broke') })
  expect(await hints.next()).toMatchObject({ all: true, reason: expect.stringContaining('begins') })
  await place.edit('b', 'content')
  expect(await hints.until('b')).toEqual({ keys: ['b'] })
})

/** How many inotify watches this process has, as the kernel counts them. */
async function watchesHeld(): Promise<number> {
  const infos = (await readdir('/proc/self/fdinfo')).map((fd) =>
    readFile(`/proc/self/fdinfo/${fd}`, 'utf8').catch(() => ''),
  )
  return (await Promise.all(infos)).join('\n').split('inotify wd:').length - 1
}

test('ends on abort wherever it is, and holds nothing open', async () => {
  await using place = await scene()
  const waiting = hintsOf(place)
  const never = waiting.next()
  waiting.abort()
  expect(await never).toBeUndefined()

  await place.apply(text('a/b'))
  const watching = hintsOf(place)
  await watching.next()
  const nothing = watching.next()
  expect(await watchesHeld()).toBeGreaterThan(0)
  watching.abort()
  expect(await nothing).toBeUndefined()
  expect(await watchesHeld()).toBe(0)
})

test('ends when the target is disposed', async () => {
  await using place = await scene()
  await place.apply(text('a'))
  const hints = hintsOf(place)
  await hints.next()
  const nothing = hints.next()
  await place.target[Symbol.asyncDispose]()
  expect(await nothing).toBeUndefined()
})
