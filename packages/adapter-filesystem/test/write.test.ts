import {
  chmod,
  link,
  mkdir,
  readdir,
  readFile,
  rmdir,
  stat,
  symlink,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openClaims } from '../src/claims.ts'
import { rememberFingerprints } from '../src/fingerprints.ts'
import { directory } from '../src/index.ts'
import type { Place } from '../src/place.ts'
import { write } from '../src/write.ts'
import { codeOf, failureOf, scene, text, writing } from './scene.ts'

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o7777).toString(8)

/** Everything in the directory but the marker. */
const listed = async (root: string): Promise<string[]> =>
  (await readdir(root, { recursive: true })).filter((name) => name !== '.mooring').sort()

test('creates the directory with the first write, and never before', async () => {
  await using place = await scene()
  const { target, call } = place
  await target.identity(call)
  const creation = await writing(target, text('deep/er/a.txt'), undefined, call)
  await target.preview(creation, call)
  await place.see('deep/er/a.txt')
  expect(await readdir(place.outside)).toEqual([])
  await target.apply(creation, call)
  expect(await place.read('deep/er/a.txt')).toBe('content of deep/er/a.txt\n')
})

test('keeps its identity when the directory is created', async () => {
  await using place = await scene()
  const before = await place.target.identity(place.call)
  await place.apply(text('a'))
  expect(await place.target.identity(place.call)).toBe(before)
  expect(before).toBe(`directory:${place.root}`)
})

test('has the identity of the directory that a link leads to', async () => {
  await using place = await scene()
  await place.apply(text('a'))
  await symlink(place.root, join(place.outside, 'current'))
  expect(await directory(join(place.outside, 'current')).identity(place.call)).toBe(`directory:${place.root}`)
  await symlink(join(place.outside, 'nowhere'), join(place.outside, 'dangling'))
  expect(await codeOf(directory(join(place.outside, 'dangling')).identity(place.call))).toBe('PATH_OCCUPIED')
})

test('sets modes whatever the umask', async () => {
  await using place = await scene()
  const before = process.umask(0o077)
  try {
    await place.apply(text('folder/plain'))
    await place.apply(text('folder/run', '#!/bin/sh\n', true))
  } finally {
    process.umask(before)
  }
  expect(await modeOf(join(place.root, 'folder/plain'))).toBe('644')
  expect(await modeOf(join(place.root, 'folder/run'))).toBe('755')
  expect(await modeOf(join(place.root, 'folder'))).toBe('755')
})

test('sees another mode as drift and sets it right', async () => {
  await using place = await scene()
  const { observation: applied } = await place.apply(text('a'))
  await chmod(join(place.root, 'a'), 0o666)
  expect((await place.see('a'))?.fingerprint).not.toBe(applied?.fingerprint)
  expect((await place.apply(text('a'))).outcome).toBe('changed')
  expect((await place.see('a'))?.fingerprint).toBe(applied?.fingerprint)
  expect(await modeOf(join(place.root, 'a'))).toBe('644')
})

test('writes bytes as they are', async () => {
  await using place = await scene()
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
  await place.apply({ path: 'all', executable: false, encoding: 'base64', content: bytes.toString('base64') })
  expect(await readFile(join(place.root, 'all'))).toEqual(bytes)
})

test('writes a large file whole', async () => {
  await using place = await scene()
  const content = 'sixteen letters\n'.repeat(2 ** 21)
  const { observation } = await place.apply(text('large', content))
  expect((await stat(join(place.root, 'large'))).size).toBe(2 ** 25)
  expect((await place.see('large'))?.fingerprint).toBe(observation?.fingerprint)
})

test('never shows a reader a part of a file', async () => {
  await using place = await scene()
  const contents = ['a', 'b'].map((letter) => letter.repeat(300_000))
  await place.apply(text('file', contents[0]))
  let writing = true
  const seen = new Set<string>()
  const reading = (async () => {
    while (writing) seen.add(await place.read('file'))
  })()
  for (let round = 0; round < 30; round += 1) await place.apply(text('file', contents[(round + 1) % 2]))
  writing = false
  await reading
  expect(seen.size).toBeGreaterThan(0)
  for (const content of seen) expect(contents).toContain(content)
})

test('creates a file once when two create it at the same time', async () => {
  await using place = await scene()
  const { target, call } = place
  const contents = Array.from({ length: 8 }, (_, writer) => `writer ${writer}\n`)
  const outcomes = await Promise.allSettled(
    contents.map(async (content) =>
      target.apply(await writing(target, text('a/b', content), undefined, call), call),
    ),
  )
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected')
      expect(outcome.reason).toMatchObject({ code: 'EXPECTATION_NOT_MET', kind: 'conflict' })
  }
  expect(await listed(place.root)).toEqual(['a', 'a/b'])
})

/** Resolves while a draft is being written: content of this size takes its time. */
async function untilDraft(root: string): Promise<void> {
  while (!(await readdir(root).catch(() => [])).some((name) => name.startsWith('.mooring-tmp-')));
}
const large = 'x'.repeat(50_000_000)

test('leaves a file alone that appears while it creates, and claims nothing', async () => {
  await using place = await scene()
  const creating = codeOf(place.apply(text('a', large)))
  await untilDraft(place.root)
  await place.edit('a', 'somebody was faster\n')
  expect(await creating).toBe('EXPECTATION_NOT_MET')
  expect(await place.read('a')).toBe('somebody was faster\n')
  expect((await place.see('a'))?.owner).toBeUndefined()
})

test('leaves an edit alone that is made while it updates', async () => {
  await using place = await scene()
  await place.apply(text('a', 'one\n'))
  const updating = codeOf(place.apply(text('a', large)))
  await untilDraft(place.root)
  await place.edit('a', 'an edit\n')
  expect(await updating).toBe('EXPECTATION_NOT_MET')
  expect(await place.read('a')).toBe('an edit\n')
  expect((await place.see('a'))?.owner).toEqual(place.call.owner)
})

test('refuses an update of what was edited since, and leaves the edit', async () => {
  await using place = await scene()
  await place.apply(text('a', 'one\n'))
  const update = await writing(place.target, text('a', 'two\n'), await place.see('a'), place.call)
  await place.edit('a', 'an edit\n')
  expect(await failureOf(place.target.apply(update, place.call))).toMatchObject({
    code: 'EXPECTATION_NOT_MET',
    kind: 'conflict',
  })
  expect(await place.read('a')).toBe('an edit\n')
})

test('leaves no draft behind when it is aborted', async () => {
  await using place = await scene()
  await place.apply(text('a', 'one\n'))
  const reason = new Error('enough')
  const abort = new AbortController()
  const applying = place.apply(text('a', 'x'.repeat(20_000_000)), { ...place.call, signal: abort.signal })
  setImmediate(() => abort.abort(reason))
  await expect(applying).rejects.toBe(reason)
  expect(await place.read('a')).toBe('one\n')
  expect(await listed(place.root)).toEqual(['a'])
})

test('removes old drafts of a crash, and neither young ones nor files of other people', async () => {
  await using place = await scene()
  const longAgo = new Date(Date.now() - 3_600_000)
  await place.edit('.mooring-tmp-old', 'half a fi')
  await place.edit('notes', 'mine')
  for (const name of ['.mooring-tmp-old', 'notes']) await utimes(join(place.root, name), longAgo, longAgo)
  await place.edit('.mooring-tmp-young', 'under way')
  await place.apply(text('a'))
  expect(await listed(place.root)).toEqual(['.mooring-tmp-young', 'a', 'notes'])
})

test('never deletes a folder to make room for a file', async () => {
  await using place = await scene()
  await place.edit('a/precious', 'content')
  const seen = await place.see('a')
  expect(seen?.health).toMatchObject({ state: 'degraded', message: expect.stringContaining('folder') })
  const failure = await failureOf(place.apply(text('a')))
  expect(failure).toMatchObject({ code: 'PATH_OCCUPIED', kind: 'permanent' })
  expect(failure.message).toContain(join(place.root, 'a'))
  expect(await codeOf(place.end('a', 'delete'))).toBe('PATH_OCCUPIED')
  expect(await place.read('a/precious')).toBe('content')
})

test('never deletes a file to make room for a folder, and sees nothing below it', async () => {
  await using place = await scene()
  await place.edit('a', 'precious')
  expect(await place.see('a/b/c')).toBeUndefined()
  const failure = await failureOf(place.apply(text('a/b/c')))
  expect(failure).toMatchObject({ code: 'PATH_OCCUPIED', kind: 'permanent' })
  expect(failure.message).toContain(join(place.root, 'a'))
  expect(await place.read('a')).toBe('precious')
})

test('refuses a file in place of the directory', async () => {
  await using place = await scene()
  await writeFile(place.root, 'a file')
  expect(await codeOf(place.see('a'))).toBe('PATH_OCCUPIED')
  const creation = await writing(place.target, text('a'), undefined, place.call)
  expect(await codeOf(place.target.apply(creation, place.call))).toBe('PATH_OCCUPIED')
  expect(await readFile(place.root, 'utf8')).toBe('a file')
})

test('writes into a folder that another change removes in the same moment', async () => {
  await using place = await scene()
  await place.apply(text('sub/first'))
  await place.end('sub/first', 'delete')
  const claims = openClaims(place.root)
  let removed = 0
  const meddled: Place = {
    root: place.root,
    shared: false,
    fingerprints: rememberFingerprints(),
    swept: new Set(),
    claims: {
      ...claims,
      // Asked between the opening of the folder and the draft in it.
      read: async () => {
        if (removed === 0)
          await rmdir(join(place.root, 'sub')).then(
            () => (removed += 1),
            () => {},
          )
        return claims.read()
      },
    },
  }
  await write(meddled, await writing(place.target, text('sub/second'), undefined, place.call), place.call)
  expect(removed).toBe(1)
  expect(await listed(place.root)).toEqual(['sub', 'sub/second'])
})

test('does not write through a hard link', async () => {
  await using place = await scene()
  await place.apply(text('a', 'one\n'))
  await link(join(place.root, 'a'), join(place.outside, 'elsewhere'))
  await place.apply(text('a', 'two\n'))
  expect(await readFile(join(place.outside, 'elsewhere'), 'utf8')).toBe('one\n')
})

test('deletes empty folders with the last file in them, and never the root', async () => {
  await using place = await scene()
  await place.apply(text('a/b/c/one'))
  await place.apply(text('a/two'))
  await mkdir(join(place.root, 'kept'))
  await place.end('a/b/c/one', 'delete')
  expect(await listed(place.root)).toEqual(['a', 'a/two', 'kept'])
  await place.end('a/two', 'delete')
  expect(await listed(place.root)).toEqual(['kept'])
})

test('refuses to delete what was edited since, and what carries no mark of ours', async () => {
  await using place = await scene()
  await place.edit('theirs', 'content')
  expect(await codeOf(place.end('theirs', 'delete'))).toBe('EXPECTATION_NOT_MET')
  await place.apply(text('ours'))
  const other = { ...place.call, owner: { ...place.call.owner, application: 'other' } }
  expect(await codeOf(place.end('ours', 'delete', other))).toBe('EXPECTATION_NOT_MET')
  expect(await listed(place.root)).toEqual(['ours', 'theirs'])
})

test('sees an edit of equal length right after its own write', async () => {
  await using place = await scene()
  for (let round = 0; round < 50; round += 1) {
    const { observation } = await place.apply(text('a', `${round} ours\n`))
    await place.see('a')
    await place.edit('a', `${round} edit\n`)
    expect((await place.see('a'))?.fingerprint).not.toBe(observation?.fingerprint)
  }
})

test('answers for a file that vanished as absent', async () => {
  await using place = await scene()
  await place.apply(text('a/b'))
  await unlink(join(place.root, 'a/b'))
  expect(await place.see('a/b')).toBeUndefined()
})
