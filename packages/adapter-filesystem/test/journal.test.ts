import { appendFile, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openClaims } from '../src/claims.ts'
import { openFolder } from '../src/folder.ts'
import { append, beginMarker, compact } from '../src/journal.ts'
import { claimLine } from '../src/marker.ts'
import { codeOf, type Scene, scene, text } from './scene.ts'

/** The directory with a marker in it, held open. */
async function begun(place: Scene) {
  const folder = await openFolder(place.root, '', true)
  if (folder === undefined) throw new Error('Expected the folder that was just made')
  await beginMarker(folder, 'test')
  return folder
}

test('loses no line that is appended while others compact', async () => {
  await using place = await scene()
  await using folder = await begun(place)
  let appending = true
  const compacting = async (): Promise<void> => {
    while (appending) await compact(folder, place.root)
  }
  const appendingAs = async (writer: number): Promise<void> => {
    for (let line = 0; line < 150; line += 1) {
      await append(folder, claimLine('test', `${writer}-${line}`, { owner: place.call.owner }))
    }
  }
  const compactors = [compacting(), compacting(), compacting()]
  await Promise.all([0, 1, 2, 3].map(appendingAs))
  appending = false
  await Promise.all(compactors)
  expect((await openClaims(place.root).read()).claims.size).toBe(600)
})

test('begins a marker once when several begin', async () => {
  await using place = await scene()
  await using folder = await begun(place)
  await append(folder, claimLine('test', 'a', { owner: place.call.owner }))
  await beginMarker(folder, 'stranger')
  expect(await openClaims(place.root).read()).toMatchObject({ installation: 'test', lines: 2 })
})

test('waits with a torn marker while somebody else repairs it, and not for a crashed one', async () => {
  await using place = await scene()
  await place.apply(text('a'))
  await appendFile(join(place.root, '.mooring'), '{"claim":"b","appli')
  const draft = join(place.root, '.mooring-tmp-marker')
  await writeFile(draft, '')
  expect(await codeOf(place.apply(text('b')))).toBe('MARKER_BUSY')
  const longAgo = new Date(Date.now() - 3_600_000)
  await utimes(draft, longAgo, longAgo)
  await place.apply(text('b')).catch(() => place.apply(text('b')))
  expect(await readdir(place.root)).toEqual(['.mooring', 'a', 'b'])
})
