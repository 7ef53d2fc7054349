import { appendFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Observation } from '@mooring/core'
import { testCall } from '@mooring/core/testing'
import { expect, test } from 'vitest'
import { openClaims } from '../src/claims.ts'
import { directory } from '../src/index.ts'
import { change, codeOf, failureOf, type Scene, scene, text, writing } from './scene.ts'

const other = testCall({ owner: { installation: 'test', application: 'other' } })
const stranger = testCall({ owner: { installation: 'stranger', application: 'app' } })

const markerOf = ({ root }: Scene): string => join(root, '.mooring')
const linesOf = async (place: Scene): Promise<unknown[]> =>
  (await readFile(markerOf(place), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

async function ownedBy(place: Scene, by = place.call): Promise<string[]> {
  const owned: Observation[] = []
  for await (const observation of place.target.owned?.(by) ?? []) owned.push(observation)
  return owned.map(({ key }) => key)
}

test('opens with the installation, then claims one file per line', async () => {
  await using place = await scene()
  await place.apply(text('a'))
  await place.apply(text('b'), other)
  expect(await linesOf(place)).toEqual([
    { mooring: 1, installation: 'test' },
    { claim: 'a', application: 'app', tries: true },
    { claim: 'b', application: 'other', tries: true },
  ])
})

test('claims a file once, however often it is written', async () => {
  await using place = await scene()
  for (const content of ['one', 'two', 'three']) await place.apply(text('a', content))
  expect(await linesOf(place)).toHaveLength(2)
})

test('is read by another target over the same directory', async () => {
  await using place = await scene()
  await place.apply(text('a'))
  const again = directory(place.root)
  const seen = (await again.observe(['a'], place.call)).get('a')
  expect(seen?.owner).toEqual(place.call.owner)
  expect(seen?.version).toBe((await place.see('a'))?.version)
})

test('shows another version when only the owner is another', async () => {
  await using place = await scene()
  await place.apply(text('a'))
  const before = await place.see('a')
  expect((await place.apply(text('a'), other)).outcome).toBe('changed')
  const after = await place.see('a')
  expect(after?.owner).toEqual(other.owner)
  expect(await codeOf(place.target.apply(change('a', 'delete', before), place.call))).toBe(
    'EXPECTATION_NOT_MET',
  )
})

test('takes over a file that is as desired without writing it', async () => {
  await using place = await scene()
  await place.edit('a', 'content of a\n')
  const { ino } = await stat(join(place.root, 'a'))
  expect((await place.apply(text('a'))).outcome).toBe('changed')
  expect((await stat(join(place.root, 'a'))).ino).toBe(ino)
  expect((await place.see('a'))?.owner).toEqual(place.call.owner)
})

test('ends the claim of what is deleted, and of what is released', async () => {
  await using place = await scene()
  for (const path of ['kept', 'deleted', 'released']) await place.apply(text(path))
  await place.end('deleted', 'delete')
  await place.end('released', 'release')
  expect(await ownedBy(place)).toEqual(['kept'])
  expect((await linesOf(place)).slice(4)).toEqual([
    { claim: 'deleted', application: 'app', while: expect.any(String) },
    { unclaim: 'deleted' },
    { unclaim: 'released' },
  ])
  expect(await place.read('released')).toBe('content of released\n')
  await place.edit('deleted', 'by somebody else')
  expect((await place.see('deleted'))?.owner).toBeUndefined()
})

test('leaves the claim of another application when it releases', async () => {
  await using place = await scene()
  await place.apply(text('a'), other)
  expect((await place.end('a', 'release')).outcome).toBe('unchanged')
  expect((await place.see('a'))?.owner).toEqual(other.owner)
})

test('lists what one application owns and is still there', async () => {
  await using place = await scene()
  await place.apply(text('mine'))
  await place.apply(text('vanished'))
  await place.apply(text('theirs'), other)
  await rm(join(place.root, 'vanished'))
  expect(await ownedBy(place)).toEqual(['mine'])
  expect(await ownedBy(place, other)).toEqual(['theirs'])
})

test('keeps another installation from creating files, and names both with the cure', async () => {
  await using place = await scene()
  await place.apply(text('a'))
  const failure = await failureOf(place.apply(text('b'), stranger))
  expect(failure).toMatchObject({ code: 'DIRECTORY_OWNED', kind: 'permanent' })
  expect(failure.message).toMatch(/installation stranger.*marked by test/)
  expect(failure.hint).toContain(markerOf(place))
  expect(await readdir(place.root)).toEqual(['.mooring', 'a'])
})

test('lets another installation adopt a file that exists', async () => {
  await using place = await scene()
  await place.apply(text('a'))
  await place.apply(text('a', 'adopted\n'), stranger)
  expect((await place.see('a'))?.owner).toEqual(stranger.owner)
  expect(await linesOf(place)).toContainEqual({ claim: 'a', application: 'app', installation: 'stranger' })
})

test('moves to another installation with its first line', async () => {
  await using place = await scene()
  await place.apply(text('a'))
  const marker = await readFile(markerOf(place), 'utf8')
  await writeFile(markerOf(place), marker.replace('"test"', '"stranger"'))
  expect((await place.see('a'))?.owner).toEqual(stranger.owner)
  expect((await place.apply(text('b'), stranger)).outcome).toBe('changed')
})

test.each([
  [
    'an unreadable line',
    '{"mooring":1,"installation":"test"}\n{"claim":"a","application":"app"}\n{"cla\n',
    3,
  ],
  ['a line of another kind', '{"mooring":1,"installation":"test"}\n{"claims":["a"]}\n', 2],
  ['a claim without an application', '{"mooring":1,"installation":"test"}\n{"claim":"a"}\n', 2],
  ['no first line', '{"claim":"a","application":"app"}\n', 1],
  ['a first line of a later version', '{"mooring":2,"installation":"test"}\n', 1],
  ['an empty file', '', 1],
  ['something else', 'hello\n', 1],
])('is damaged by %s, which is an error and never "unowned"', async (_, content, line) => {
  await using place = await scene()
  const creation = await writing(place.target, text('b'), undefined, place.call)
  await mkdir(place.root)
  await writeFile(markerOf(place), content)
  for (const attempt of [
    () => place.see('a'),
    () => place.target.apply(creation, place.call),
    () => ownedBy(place),
  ]) {
    const failure = await failureOf(attempt())
    expect(failure).toMatchObject({ code: 'MARKER_DAMAGED', kind: 'permanent' })
    expect(failure.message).toContain(`${markerOf(place)} to say who keeps which file, but line ${line} `)
    expect(failure.hint).toContain('backup')
  }
  expect(await readFile(markerOf(place), 'utf8')).toBe(content)
})

test('takes an incomplete last line for a write that never began, and repairs it with the next claim', async () => {
  await using place = await scene()
  await place.apply(text('a'))
  await appendFile(markerOf(place), '{"claim":"b","appli')
  await place.edit('b', 'by somebody else')
  expect((await place.see('a'))?.owner).toEqual(place.call.owner)
  expect((await place.see('b'))?.owner).toBeUndefined()
  await place.apply(text('c'))
  expect(await linesOf(place)).toEqual([
    { mooring: 1, installation: 'test' },
    { claim: 'a', application: 'app' },
    { claim: 'c', application: 'app', tries: true },
  ])
})

test('limits a claim before the file is deleted, so that a crash leaves none on what comes after', async () => {
  await using place = await scene()
  const { observation } = await place.apply(text('a'))
  const stamp = observation?.version?.split(' ')[0]
  // What a crash right after the announcement, or right after the unlink, leaves in the marker.
  await appendFile(markerOf(place), `${JSON.stringify({ claim: 'a', application: 'app', while: stamp })}\n`)
  expect((await place.see('a'))?.owner).toEqual(place.call.owner)
  await place.edit('a', 'by somebody else')
  expect((await place.see('a'))?.owner).toBeUndefined()
  expect(await ownedBy(place)).toEqual([])
})

test('makes a limited claim a whole one when the file is desired again', async () => {
  await using place = await scene()
  const { observation } = await place.apply(text('a'))
  const stamp = observation?.version?.split(' ')[0]
  await appendFile(markerOf(place), `${JSON.stringify({ claim: 'a', application: 'app', while: stamp })}\n`)
  await place.apply(text('a'))
  await place.edit('a', 'drift')
  expect((await place.see('a'))?.owner).toEqual(place.call.owner)
})

test('is compacted when it has many more lines than claims', async () => {
  await using place = await scene()
  await place.apply(text('kept'))
  await appendFile(markerOf(place), '{"claim":"x","application":"app"}\n{"unclaim":"x"}\n'.repeat(50))
  await place.apply(text('new'))
  expect(await linesOf(place)).toEqual([
    { mooring: 1, installation: 'test' },
    { claim: 'kept', application: 'app' },
    { claim: 'new', application: 'app', tries: true },
  ])
  expect(await readdir(place.root)).toEqual(['.mooring', 'kept', 'new'])
})

test('keeps every claim of several targets at work, compaction included', async () => {
  await using place = await scene()
  await place.apply(text('first'))
  const journals = Array.from({ length: 4 }, () => openClaims(place.root))
  const owner = place.call.owner
  const work = async (journal: (typeof journals)[number], at: number): Promise<void> => {
    for (let round = 0; round < 60; round += 1) {
      await journal.set(`${at}-${round}`, { owner })
      await journal.set(`gone-${at}`, { owner })
      await journal.set(`gone-${at}`, undefined)
      await journal.set(`gone-${at}`, { owner })
      await journal.set(`gone-${at}`, undefined)
    }
  }
  await Promise.all(journals.map(work))
  const { claims, lines } = await openClaims(place.root).read()
  for (let at = 0; at < journals.length; at += 1) {
    for (let round = 0; round < 60; round += 1) expect([...claims.keys()]).toContain(`${at}-${round}`)
  }
  // 1,200 lines were appended: had nothing been compacted, this test would show nothing.
  expect(lines).toBeLessThan(700)
})
