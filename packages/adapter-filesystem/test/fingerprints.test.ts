import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rememberFingerprints } from '../src/fingerprints.ts'
import { openFolder } from '../src/folder.ts'
import { lookAt } from '../src/look.ts'
import { type Scene, scene, text } from './scene.ts'

/** The fingerprint of `a` under one and the same look, before and after an edit, where the clock says this much later. */
async function aroundAnEdit(place: Scene, laterMs: number): Promise<readonly (string | undefined)[]> {
  await place.apply(text('a', 'one\n'))
  await using folder = await openFolder(place.root, '')
  const look = folder && (await lookAt(folder, 'a'))
  const fingerprints = rememberFingerprints(() => (look?.writtenMs ?? 0) + laterMs)
  const of = async () =>
    folder && look && (await fingerprints.of('a', folder, 'a', look, place.call)).fingerprint
  const before = await of()
  await writeFile(join(place.root, 'a'), 'two\n')
  return [before, await of()]
}

test('reads a file once as long as its stamp is the same', async () => {
  await using place = await scene()
  const [before, after] = await aroundAnEdit(place, 1000)
  expect(after).toBe(before)
})

test('does not trust a stamp that a second write in the same tick of the clock would share', async () => {
  await using place = await scene()
  const [before, after] = await aroundAnEdit(place, 5)
  expect(after).not.toBe(before)
})
