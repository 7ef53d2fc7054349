import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { testCall } from '@mooring/core/testing'
import { directory } from '../src/index.ts'
import { change, failureOf, text, writing } from './scene.ts'

// Run by failures.test.ts in a mount namespace of its own, on a file system of 256 KiB, or on a read-only one.
const [, , root = '', what] = process.argv
const target = directory(root)
const call = testCall()
const seen = async (path: string) => (await target.observe([path], call)).get(path)
const apply = async (path: string, content: string) =>
  target.apply(await writing(target, text(path, content), await seen(path), call), call)
const said = async (promise: Promise<unknown>) => {
  const { code, kind, message } = await failureOf(promise)
  return { code, kind, message }
}

async function fill(): Promise<unknown> {
  await apply('a', 'one\n')
  const tooLarge = await said(apply('a', 'x'.repeat(1_000_000)))
  const newTooLarge = await said(apply('folder/b', 'x'.repeat(1_000_000)))
  let more = 0
  let full = {}
  while (!('code' in full))
    full = await apply(`small-${more++}`, 'x'.repeat(4096)).then(
      () => ({}),
      () => ({ code: 'full' }),
    )
  const drafts = (await readdir(root, { recursive: true })).filter((name) => name.includes('.mooring-tmp-'))
  const owner = (await seen('a'))?.owner?.application
  const deleted = await target
    .apply(change('a', 'delete', await seen('a')), call)
    .then(({ outcome }) => outcome, String)
  const again = await said(apply('after', 'there is room\n'))
  const after = await readFile(join(root, 'after'), 'utf8').catch(() => 'missing')
  return { tooLarge, newTooLarge, drafts, owner, deleted, again, after }
}

process.stdout.write(JSON.stringify(what === 'full' ? await fill() : await said(apply('a', 'one\n'))))
