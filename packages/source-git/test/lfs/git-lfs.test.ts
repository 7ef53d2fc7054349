import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { pushWithLfs } from '../../../../tools/git-lfs/index.ts'
import { lfsServer } from '../../../../tools/lfs-server/index.ts'
import { calm, newRepository, newSource, openNewest, served, textAt } from '../scene.ts'

test('what the real git-lfs pushes is read as it was committed', { timeout: 60_000 }, async () => {
  const repository = await newRepository()
  const lfs = lfsServer()
  const { url } = await served(repository, { onRequest: lfs.onRequest })
  const large = randomBytes(300_000)
  await pushWithLfs(url, { 'a.bin': large, 'apps/b.bin': 'small', 'c.yaml': 'c', 'empty.bin': '' })
  const snapshot = await openNewest(newSource({ url, lfs: true }))
  expect(Buffer.from(await snapshot.read('a.bin', { signal: calm })).equals(large)).toBe(true)
  expect(await textAt(snapshot, 'apps/b.bin')).toBe('small')
  expect(await textAt(snapshot, 'c.yaml')).toBe('c')
  expect(await textAt(snapshot, 'empty.bin')).toBe('')
  expect(await repository.git(['show', 'main:a.bin'])).toContain('oid sha256:')
})
