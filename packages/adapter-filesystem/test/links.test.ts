import { execFile } from 'node:child_process'
import { lstat, mkdir, readdir, readFile, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { codeOf, failureOf, type Scene, scene, text, writing } from './scene.ts'

/** A folder outside the directory with a file in it, as an attacker would like to have written. */
async function victim(place: Scene): Promise<{ folder: string; file: string }> {
  const folder = join(place.outside, 'etc')
  await mkdir(folder)
  await writeFile(join(folder, 'passwd'), 'root:x:0:0\n')
  return { folder, file: join(folder, 'passwd') }
}

test('sees a link in place of a file as drift, without following it', async () => {
  await using place = await scene()
  const { file } = await victim(place)
  const { observation: applied } = await place.apply(text('a', 'root:x:0:0\n'))
  await rm(join(place.root, 'a'))
  await symlink(file, join(place.root, 'a'))
  const seen = await place.see('a')
  expect(seen?.fingerprint).not.toBe(applied?.fingerprint)
  expect(seen?.health).toMatchObject({ state: 'degraded', message: expect.stringContaining('link') })
})

test('replaces a link itself, not what it names', async () => {
  await using place = await scene()
  const { file } = await victim(place)
  await place.apply(text('a'))
  await rm(join(place.root, 'a'))
  await symlink(file, join(place.root, 'a'))
  await place.apply(text('a', 'healed\n'))
  expect(await readFile(file, 'utf8')).toBe('root:x:0:0\n')
  expect((await lstat(join(place.root, 'a'))).isFile()).toBe(true)
  expect(await place.read('a')).toBe('healed\n')
})

test('deletes a link itself, not what it names', async () => {
  await using place = await scene()
  const { file } = await victim(place)
  await place.apply(text('a'))
  await rm(join(place.root, 'a'))
  await symlink(file, join(place.root, 'a'))
  await place.end('a', 'delete')
  expect(await readFile(file, 'utf8')).toBe('root:x:0:0\n')
  expect(await place.see('a')).toBeUndefined()
})

test.each(['existing', 'missing'])(
  'never goes through a link in place of a folder to an %s file',
  async (kind) => {
    await using place = await scene()
    const { folder, file } = await victim(place)
    const path = kind === 'existing' ? 'sub/passwd' : 'sub/new'
    await place.apply(text(path))
    const update = await writing(place.target, text(path, 'owned\n'), await place.see(path), place.call)
    const creation = await writing(place.target, text('sub/other', 'owned\n'), undefined, place.call)
    await rename(join(place.root, 'sub'), join(place.root, 'moved'))
    await symlink(folder, join(place.root, 'sub'))

    const { target, call } = place
    for (const attempt of [
      () => target.apply(update, call),
      () => target.apply(creation, call),
      () => place.see(path),
    ]) {
      const failure = await failureOf(attempt())
      expect(failure).toMatchObject({ code: 'UNSAFE_PATH', kind: 'permanent' })
      expect(failure.message).toContain(join(place.root, 'sub'))
    }
    expect(await readdir(folder)).toEqual(['passwd'])
    expect(await readFile(file, 'utf8')).toBe('root:x:0:0\n')
  },
)

test('never writes outside while somebody swaps a folder for a link', async () => {
  await using place = await scene()
  const { folder } = await victim(place)
  const sub = join(place.root, 'sub')
  await place.apply(text('sub/first'))
  let swapping = true
  const attack = (async () => {
    for (let round = 0; swapping; round += 1) {
      await rename(sub, join(place.root, `moved-${round}`)).catch(() => {})
      await symlink(folder, sub).catch(() => {})
      await unlink(sub).catch(() => {})
    }
  })()
  const outcomes: string[] = []
  // Goes on until the attack has met us on the way: before that it has shown nothing.
  for (let round = 0; round < 60 || !outcomes.includes('UNSAFE_PATH'); round += 1) {
    const creation = await writing(place.target, text(`sub/file-${round}`), undefined, place.call)
    outcomes.push(
      await place.target.apply(creation, place.call).then(
        () => 'applied',
        (thrown) => thrown.code,
      ),
    )
  }
  swapping = false
  await attack
  expect(await readdir(folder)).toEqual(['passwd'])
}, 60_000)

test('follows a link to the directory itself', async () => {
  await using place = await scene()
  await mkdir(join(place.outside, 'real'))
  await symlink(join(place.outside, 'real'), place.root)
  await place.apply(text('a'))
  expect(await readFile(join(place.outside, 'real/a'), 'utf8')).toBe('content of a\n')
})

test('refuses a link in place of the marker', async () => {
  await using place = await scene()
  const { file } = await victim(place)
  await mkdir(place.root)
  await symlink(file, join(place.root, '.mooring'))
  expect(await codeOf(place.see('a'))).toBe('MARKER_DAMAGED')
  const creation = await writing(place.target, text('a'), undefined, place.call)
  expect(await codeOf(place.target.apply(creation, place.call))).toBe('MARKER_DAMAGED')
  expect(await readFile(file, 'utf8')).toBe('root:x:0:0\n')
})

test('does not wait for the writer of a pipe', async (context) => {
  await using place = await scene()
  await place.apply(text('a'))
  await rm(join(place.root, 'a'))
  const made = await promisify(execFile)('mkfifo', [join(place.root, 'a')]).catch((thrown) => thrown)
  if (made.code === 'ENOENT') return context.skip('this machine has no mkfifo')
  expect((await place.see('a'))?.health).toMatchObject({
    state: 'degraded',
    message: expect.stringContaining('special'),
  })
  await place.apply(text('a', 'a file again\n'))
  expect(await place.read('a')).toBe('a file again\n')
})
