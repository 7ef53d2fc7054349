import { chmod, symlink, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { change, scene, text, writing } from './scene.ts'

test('shows mode and text before and after', async () => {
  await using place = await scene()
  await place.apply(text('a', 'one\n'))
  const update = await writing(place.target, text('a', 'two\n', true), await place.see('a'), place.call)
  expect(await place.target.preview(update, place.call)).toEqual({
    before: { mode: '0644', content: 'one\n' },
    after: { mode: '0755', content: 'two\n' },
  })
})

test('shows a mode that somebody changed', async () => {
  await using place = await scene()
  await place.apply(text('a', 'one\n'))
  await chmod(join(place.root, 'a'), 0o600)
  const update = await writing(place.target, text('a', 'one\n'), await place.see('a'), place.call)
  const { before, after } = await place.target.preview(update, place.call)
  expect([before, after]).toEqual([
    { mode: '0600', content: 'one\n' },
    { mode: '0644', content: 'one\n' },
  ])
})

test('shows bytes by their number and digest', async () => {
  await using place = await scene()
  const manifest = { path: 'a', executable: false, encoding: 'base64', content: '/wA=' } as const
  const creation = await writing(place.target, manifest, undefined, place.call)
  const { after } = await place.target.preview(creation, place.call)
  expect(after).toEqual({
    mode: '0644',
    content: `binary, 2 bytes, ${place.call.digest(Buffer.from([0xff, 0]))}`,
  })
})

test('masks the contents it is told to, and still shows that they change', async () => {
  await using place = await scene({ mask: (path) => path.endsWith('.key') })
  await place.apply(text('server.key', 'swordfish'))
  const update = await writing(
    place.target,
    text('server.key', 'marlin'),
    await place.see('server.key'),
    place.call,
  )
  const shown = await place.target.preview(update, place.call)
  expect(JSON.stringify(shown)).not.toMatch(/swordfish|marlin/)
  expect(shown.after).not.toEqual(shown.before)
})

test('shows what stands in place of a file, without following it', async () => {
  await using place = await scene()
  await place.apply(text('a'))
  await unlink(join(place.root, 'a'))
  await symlink('/etc/hostname', join(place.root, 'a'))
  const update = await writing(place.target, text('a'), await place.see('a'), place.call)
  expect((await place.target.preview(update, place.call)).before).toEqual({ kind: 'link' })
})

test('shows a release as no change, and a deletion as nothing after', async () => {
  await using place = await scene()
  await place.apply(text('a', 'one\n'))
  const seen = await place.see('a')
  const file = { mode: '0644', content: 'one\n' }
  expect(await place.target.preview(change('a', 'release', seen), place.call)).toEqual({
    before: file,
    after: file,
  })
  expect(await place.target.preview(change('a', 'delete', seen), place.call)).toEqual({ before: file })
})
