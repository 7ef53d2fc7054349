import type { ServerResponse } from 'node:http'
import { createEngine, defineApplication, jsonRenderer, memoryStore, type SyncPolicy } from '@mooring/core'
import { memorySource } from '@mooring/core/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Note, notesServer } from './notes-server.ts'
import { notesTarget } from './notes-target.ts'

const asking = { actor: 'test', timeoutMs: 20_000 }
const filesOf = (...notes: readonly Note[]) =>
  Object.fromEntries(notes.map((note) => [`notes/${note.id}.json`, JSON.stringify(note)]))

/** An engine that keeps the notes of a server, on real time: only asked for, so nothing happens by itself. */
async function scene({ sync = {}, notes = [{ id: 'a', title: 'A' }] as readonly Note[] } = {}) {
  const server = await notesServer()
  const source = memorySource({ files: filesOf(...notes) })
  const engine = createEngine({ store: memoryStore(), installation: 'test' })
  const policy: Partial<SyncPolicy> = { prune: true, ...sync }
  engine.add(
    defineApplication({
      name: 'notes',
      source,
      path: 'notes',
      renderer: jsonRenderer<Note>(),
      target: notesTarget(server.url),
      sync: policy,
    }),
  )
  onTestFinished(async () => {
    await engine.stop({ drainMs: 0 })
    await server[Symbol.asyncDispose]()
  })
  return { server, source, engine, titles: () => [...server.notes.values()].map(({ title }) => title) }
}

describe('an engine over crudTarget', () => {
  test('creates, updates and prunes', async () => {
    const { server, source, engine, titles } = await scene()
    await engine.start()
    expect(await engine.sync('notes', asking)).toMatchObject({ outcome: 'synced' })
    expect(titles()).toEqual(['A'])
    source.commit(filesOf({ id: 'a', title: 'A2' }, { id: 'b', title: 'B' }))
    expect(await engine.sync('notes', asking)).toMatchObject({ counts: { created: 1, updated: 1 } })
    source.commit({ 'notes/b.json': null })
    expect(await engine.sync('notes', asking)).toMatchObject({ outcome: 'synced', counts: { deleted: 1 } })
    expect([...server.notes.keys()]).toEqual(['a'])
    expect((await engine.status('notes')).resources).toBe(1)
  })

  test('undoes an edit of what it owns and leaves the rest alone', async () => {
    const { server, engine } = await scene()
    await engine.start()
    await engine.sync('notes', asking)
    server.edit('a', { title: 'theirs', tags: ['theirs'] })
    await engine.sync('notes', asking)
    expect(server.notes.get('a')).toMatchObject({ title: 'A' })
    const writes = server.writes.length
    server.edit('a', { createdAt: 'another time' })
    await engine.sync('notes', asking)
    expect(server.writes).toHaveLength(writes)
  })

  test('holds what it does not own under must-match', async () => {
    const { server, engine, titles } = await scene()
    server.put({ id: 'a', title: 'theirs' })
    await engine.start()
    const result = await engine.sync('notes', asking)
    expect(result.outcome).toBe('held')
    expect(result.reasons[0]).toContain('NOT_OWNED')
    expect([titles(), server.writes]).toEqual([['theirs'], []])
  })

  test('takes over what nobody owns under adopt-unowned', async () => {
    const { server, engine, titles } = await scene({ sync: { ownership: 'adopt-unowned' } })
    server.put({ id: 'a', title: 'theirs' })
    await engine.start()
    expect(await engine.sync('notes', asking)).toMatchObject({ outcome: 'synced' })
    expect(titles()).toEqual(['A'])
    expect((await engine.status('notes')).resources).toBe(1)
  })

  test('takes a write whose answer was lost for its own when it is live as desired', async () => {
    const { server, engine } = await scene()
    server.trouble((method, _path, response) => {
      if (method !== 'POST') return undefined
      server.trouble(undefined)
      server.put({ id: 'a', title: 'A' })
      response.destroy()
      return true
    })
    await engine.start()
    await engine.sync('notes', asking)
    expect(await engine.sync('notes', asking)).toMatchObject({ outcome: 'synced' })
    expect(server.writes).toEqual(['POST /notes/a'])
    expect((await engine.status('notes')).resources).toBe(1)
  })
})

describe('an engine over a server in trouble', () => {
  const troubles = [
    ['answers 500', 'TARGET_FAILED', (response) => response.writeHead(500).end()],
    ['sends a page', 'TARGET_FAILED', (response) => response.end('<html>Please log in</html>')],
    ['sends something else', 'UNRECOGNISED_RESOURCE', (response) => response.end('{"error":"maintenance"}')],
    ['hangs', 'TARGET_TIMEOUT', () => {}],
    ['hangs up', 'TARGET_FAILED', (response) => response.destroy()],
  ] as const satisfies readonly (readonly [string, string, (response: ServerResponse) => unknown])[]

  test.for(troubles)('that %s says %s, and loses nothing', async ([, code, answer]) => {
    const { server, engine } = await scene({ sync: { readTimeoutMs: 300 } })
    await engine.start()
    await engine.sync('notes', asking)
    const before = [...server.notes.values()]
    server.trouble((_method, _path, response) => {
      answer(response)
      return true
    })
    await engine.sync('notes', asking)
    expect(await engine.status('notes')).toMatchObject({ sync: 'unknown', resources: 1, lastError: { code } })
    server.trouble(undefined)
    expect(await engine.sync('notes', asking)).toMatchObject({ outcome: 'synced' })
    expect(await engine.status('notes')).toMatchObject({ sync: 'synced', resources: 1 })
    expect([...server.notes.values()]).toEqual(before)
  })
})
