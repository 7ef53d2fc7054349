import { execFile } from 'node:child_process'
import { chmod, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, type TestContext, test } from 'vitest'
import { failureOf, scene, text } from './scene.ts'

const run = promisify(execFile)

/** Options of a tmpfs, as an unprivileged user may mount them in a namespace of their own; gone with the process. */
const disks = { full: 'size=256k', 'read-only': 'size=256k,ro' } as const

/** What on-small-disk.ts reports from such a disk. Skips the test, visibly, where namespaces are not to be had. */
async function onSmallDisk(
  what: keyof typeof disks,
  { skip }: TestContext,
): Promise<Record<string, unknown>> {
  await using place = await scene()
  await mkdir(place.root)
  const inNamespace = (command: string, ...args: string[]) =>
    run('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', command, 'sh', place.root, ...args])
  const mount = `mount -t tmpfs -o ${disks[what]} tmpfs "$1"`
  await inNamespace(mount).catch(({ message }: Error) =>
    skip(`no user namespaces to mount a small disk in: ${message}`),
  )
  const script = fileURLToPath(new URL('on-small-disk.ts', import.meta.url))
  const command = `${mount} && exec "$2" --no-warnings --conditions=@mooring/source "$3" "$1" "$4"`
  const { stdout } = await inNamespace(command, process.execPath, script, what)
  return JSON.parse(stdout)
}

test('keeps the old file on a full disk, leaves no draft, and goes on when there is room', async (context) => {
  const report = await onSmallDisk('full', context)
  expect(report.tooLarge).toMatchObject({ code: 'DISK_FULL', kind: 'transient' })
  expect(report.newTooLarge).toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringContaining('www/folder/b'),
  })
  expect(report.drafts).toEqual([])
  expect(report.owner).toBe('app')
  expect(report.deleted).toBe('changed')
  expect(report.after).toBe('there is room\n')
})

test('says that a read-only file system cannot be written', async (context) => {
  const report = await onSmallDisk('read-only', context)
  expect(report).toMatchObject({
    code: 'DIRECTORY_NOT_WRITABLE',
    kind: 'permanent',
    message: expect.stringContaining('EROFS'),
  })
})

/** Runs as a user whom permissions bind: root becomes nobody for as long. */
async function asNobody<Value>(work: () => Promise<Value>): Promise<Value> {
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(65_534)
  try {
    return await work()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}

test('says that a directory cannot be written by this user, and writes nothing', async () => {
  await using place = await scene()
  await place.apply(text('a', 'one\n'))
  await chmod(place.outside, 0o755)
  await chmod(place.root, 0o555)
  const failure = await asNobody(() => failureOf(place.apply(text('a', 'two\n'))))
  await chmod(place.root, 0o755)
  expect(failure).toMatchObject({ code: 'DIRECTORY_NOT_WRITABLE', kind: 'permanent' })
  expect(failure.message).toContain(join(place.root, 'a'))
  expect(await place.read('a')).toBe('one\n')
  expect(await readdir(place.root)).toEqual(['.mooring', 'a'])
})

test.each(['file', 'folder'])(
  'says that a %s cannot be read by this user, which is never "absent"',
  async (kind) => {
    await using place = await scene()
    await place.apply(text('sub/a'))
    await chmod(place.outside, 0o755)
    const unreadable = join(place.root, kind === 'file' ? 'sub/a' : 'sub')
    await chmod(unreadable, 0o000)
    const failure = await asNobody(() => failureOf(place.see('sub/a')))
    await chmod(unreadable, 0o755)
    expect(failure).toMatchObject({ code: 'DIRECTORY_NOT_READABLE', kind: 'permanent' })
    expect(failure.message).toContain(unreadable)
  },
)

test('names the path of an error that is none of these, to be tried again', async () => {
  await using place = await scene()
  await place.apply(text('a'))
  const failure = await failureOf(place.see('x'.repeat(300)))
  expect(failure).toMatchObject({ code: 'DIRECTORY_FAILED', kind: 'transient' })
  expect(failure.message).toContain('ENAMETOOLONG')
})
