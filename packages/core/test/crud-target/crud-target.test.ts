import { type Change, type CrudTargetOptions, isMooringError, type Observation } from '@mooring/core'
import { testCall } from '@mooring/core/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type LiveNote, type Note, notesServer } from './notes-server.ts'
import { listNotes, notesTarget } from './notes-target.ts'

const call = testCall()

async function scene(more: Partial<CrudTargetOptions<Note, LiveNote>> = {}, options = {}) {
  const server = await notesServer(options)
  onTestFinished(() => server[Symbol.asyncDispose]())
  const target = notesTarget(server.url, more)
  const prepare = async (...notes: readonly Note[]) =>
    (
      await target.prepare(
        notes.map((manifest) => ({ manifest })),
        call,
      )
    ).desired
  const change = async (note: Note, seen?: Observation): Promise<Change<Note>> => {
    const [desired] = await prepare(note)
    if (desired === undefined) throw new Error('Expected a desired resource')
    const { key, label, digest } = desired
    const expects =
      seen === undefined
        ? ({ kind: 'absent' } as const)
        : ({ kind: 'present', version: seen.version ?? '' } as const)
    return {
      key,
      label,
      action: seen === undefined ? 'create' : 'update',
      reason: seen === undefined ? 'added' : 'changed',
      expects,
      to: digest,
      stage: 0,
      desired,
    }
  }
  const look = async (id: string) => (await target.observe([id], call)).get(id)
  const mustSee = async (id: string): Promise<Observation> => {
    const seen = await look(id)
    if (seen === undefined) throw new Error(`Expected ${id} to be live`)
    return seen
  }
  return {
    server,
    target,
    prepare,
    change,
    look,
    mustSee,
    create: async (note: Note) => (await target.apply(await change(note), call)).observation as Observation,
    update: async (note: Note, seen: Observation) => target.apply(await change(note, seen), call),
    deletion: (id: string, { version = '' }: Observation): Change<Note> => ({
      key: id,
      label: id,
      action: 'delete',
      reason: 'removed',
      expects: { kind: 'present', version },
      stage: 0,
    }),
    /** How what was recorded and what is live relate. */
    compared: async (recorded: Observation) => {
      const { fingerprint = '' } = recorded
      return target.compare?.({ digest: 'any', fingerprint }, await mustSee(recorded.key))
    },
  }
}

const conflict = { kind: 'conflict', code: 'EXPECTATION_NOT_MET' }

describe('drift', () => {
  test('is not what the server adds or changes in fields of its own', async () => {
    const { server, create, compared } = await scene()
    const created = await create({ id: 'a', title: 'A' })
    expect(server.notes.get('a')).toHaveProperty('createdAt')
    server.edit('a', { createdAt: 'another time', token: 'set by somebody' })
    expect(await compared(created)).toBe('same')
  })

  test('is an edit of a field the manifest sets, and shows in the preview', async () => {
    const { server, target, create, change, mustSee, compared } = await scene()
    const created = await create({ id: 'a', title: 'A', tags: ['x'] })
    server.edit('a', { tags: ['x', 'y'] })
    expect(await compared(created)).toBe('verify')
    expect(
      await target.preview(await change({ id: 'a', title: 'A', tags: ['x'] }, await mustSee('a')), call),
    ).toEqual({
      before: { id: 'a', title: 'A', tags: ['x', 'y'] },
      after: { id: 'a', title: 'A', tags: ['x'] },
    })
  })

  test('is a field of the manifest that is gone', async () => {
    const { server, create, compared } = await scene()
    const created = await create({ id: 'a', title: 'A', tags: ['x'] })
    server.notes.set('a', { id: 'a', title: 'A', createdAt: '', revision: 7 })
    expect(await compared(created)).toBe('verify')
  })

  test('is what the comparison given says, and nothing else', async () => {
    const { server, create, compared } = await scene({
      compare: (note, live) => note.title.toLowerCase() === live.title.toLowerCase(),
    })
    const created = await create({ id: 'a', title: 'A', tags: ['x'] })
    server.edit('a', { title: 'a', tags: [] })
    expect(await compared(created)).toBe('same')
    server.edit('a', { title: 'b' })
    expect(await compared(created)).toBe('verify')
  })

  test('is not a manifest that was prepared and not applied', async () => {
    const { server, prepare, create, compared } = await scene()
    const created = await create({ id: 'a', title: 'A' })
    server.edit('a', { tags: ['theirs'] })
    await prepare({ id: 'a', title: 'A', tags: ['ours, one day'] })
    expect(await compared(created)).toBe('same')
  })

  test('is told again by a target that has just been made', async () => {
    const { server, create } = await scene()
    const { fingerprint } = await create({ id: 'a', title: 'A' })
    const restarted = notesTarget(server.url)
    await restarted.prepare([{ manifest: { id: 'a', title: 'A' } }], call)
    expect((await restarted.observe(['a'], call)).get('a')?.fingerprint).toBe(fingerprint)
  })
})

describe('absence', () => {
  test('is not concluded from a list that is cut short', async () => {
    const { server, target, create } = await scene()
    for (const id of ['a', 'b', 'c']) await create({ id, title: id })
    server.cutListTo(1)
    const listing = notesTarget(server.url, { list: listNotes(server.url) })
    await listing.prepare([{ manifest: { id: 'a', title: 'a' } }], call)
    expect([...(await listing.observe(['a', 'b', 'c', 'd'], call)).keys()].sort()).toEqual(['a', 'b', 'c'])
    expect([...(await target.observe(['a', 'b', 'c', 'd'], call)).keys()].sort()).toEqual(['a', 'b', 'c'])
  })

  test('is not concluded from a list with things nobody knows', async () => {
    const { server, create, target } = await scene({
      list: async () => [null, {}, 'b'] as unknown as LiveNote[],
    })
    await create({ id: 'a', title: 'A' })
    expect([...(await target.observe(['a', 'b'], call)).keys()]).toEqual(['a'])
    expect(server.notes.size).toBe(1)
  })

  test('is not concluded from a failure of one look among many, which ends the others', async () => {
    const looks: string[] = []
    const { target } = await scene({
      read: async (id) => {
        looks.push(id)
        if (id === 'n3') throw new Error('cut off')
        return undefined
      },
    })
    const ids = Array.from({ length: 40 }, (_, index) => `n${index}`)
    await expect(target.observe(ids, call)).rejects.toThrow('cut off')
    await new Promise((resolve) => setImmediate(resolve))
    expect(looks.length).toBeLessThan(ids.length)
  })

  test('is not concluded from an answer that is no note', async () => {
    const { server, look } = await scene()
    server.put({ id: 'a', title: 'A' })
    for (const nonsense of ['null', '{}', '"A"', '[]', '{"id":"other","title":"A"}']) {
      server.trouble((_method, _path, response) => {
        response.end(nonsense)
        return true
      })
      const thrown: unknown = await look('a').catch((error: unknown) => error)
      expect(thrown, nonsense).toMatchObject({ kind: 'transient', code: 'UNRECOGNISED_RESOURCE' })
    }
  })
})

describe('what was expected', () => {
  test('refuses a create over what exists', async () => {
    const { server, target, change } = await scene()
    const creation = await change({ id: 'a', title: 'A' })
    server.put({ id: 'a', title: 'theirs' })
    await expect(target.apply(creation, call)).rejects.toMatchObject(conflict)
    expect(server.writes).toEqual([])
  })

  test("refuses an update after somebody's edit, of whatever field", async () => {
    const { server, target, create, change } = await scene()
    const update = await change({ id: 'a', title: 'B' }, await create({ id: 'a', title: 'A' }))
    server.edit('a', { token: 'theirs' })
    await expect(target.apply(update, call)).rejects.toMatchObject(conflict)
    expect(server.writes).toEqual(['POST /notes/a'])
  })

  test("refuses a delete after somebody's edit", async () => {
    const { server, target, create, deletion } = await scene()
    const change = deletion('a', await create({ id: 'a', title: 'A' }))
    server.edit('a', { title: 'theirs' })
    await expect(target.apply(change, call)).rejects.toMatchObject(conflict)
    expect(server.writes).toEqual(['POST /notes/a'])
  })

  test('never holds where something counts by itself, unless the version leaves it out', async () => {
    const careless = await scene({}, { counting: true })
    const seen = await careless.create({ id: 'a', title: 'A' })
    await expect(careless.update({ id: 'a', title: 'B' }, seen)).resolves.toMatchObject({
      outcome: 'changed',
    })
    const stale = await careless.mustSee('a')
    await expect(careless.update({ id: 'a', title: 'C' }, stale)).rejects.toMatchObject(conflict)

    const careful = await scene({ version: ({ revision }) => String(revision) }, { counting: true })
    await careful.create({ id: 'a', title: 'A' })
    const now = await careful.mustSee('a')
    await expect(careful.update({ id: 'a', title: 'C' }, now)).resolves.toMatchObject({ outcome: 'changed' })
  })
})

describe('a write', () => {
  test('that is not needed is not made', async () => {
    const { server, create, update } = await scene()
    const seen = await create({ id: 'a', title: 'A' })
    expect(await update({ id: 'a', title: 'A' }, seen)).toMatchObject({ outcome: 'unchanged' })
    expect(server.writes).toEqual(['POST /notes/a'])
  })

  test('is read back where it gives nothing', async () => {
    const { server, create } = await scene({
      create: async (note) => {
        server.put(note)
      },
    })
    expect(await create({ id: 'a', title: 'A' })).toMatchObject({ key: 'a', health: { state: 'healthy' } })
  })

  test('that nobody can see afterwards is not taken as made', async () => {
    const { create } = await scene({ create: async () => undefined })
    await expect(create({ id: 'a', title: 'A' })).rejects.toMatchObject({
      kind: 'transient',
      code: 'WRITE_NOT_CONFIRMED',
    })
  })

  test('does not begin when the call is aborted while it looks', async () => {
    const { server, target, change } = await scene()
    const creation = await change({ id: 'a', title: 'A' })
    const abort = new AbortController()
    const slow = notesTarget(server.url, {
      // An adapter that does not listen to the signal.
      read: async () => {
        abort.abort(new Error('enough'))
        return undefined
      },
      create: async (note) => server.put(note),
    })
    await expect(slow.apply(creation, { ...call, signal: abort.signal })).rejects.toThrow('enough')
    expect((await target.observe(['a'], call)).size).toBe(0)
  })
})

describe('a delete', () => {
  test('is confirmed by looking', async () => {
    const { server, target, create, deletion } = await scene()
    const seen = await create({ id: 'a', title: 'A' })
    expect(await target.apply(deletion('a', seen), call)).toEqual({ outcome: 'changed' })
    expect(server.notes.size).toBe(0)
  })

  test('that was accepted and not done yet says so', async () => {
    const { target, create, deletion } = await scene({ delete: async () => {} })
    const seen = await create({ id: 'a', title: 'A' })
    expect(await target.apply(deletion('a', seen), call)).toMatchObject({
      outcome: 'changed',
      observation: { key: 'a', deleting: true },
    })
  })
})

describe('a release', () => {
  test('takes nothing away, in its preview and in effect', async () => {
    const { server, target, create, deletion } = await scene()
    const release = {
      ...deletion('a', await create({ id: 'a', title: 'A' })),
      action: 'release',
      reason: 'kept',
    } as const
    const { before, after } = await target.preview(release, call)
    expect(after).toEqual(before)
    expect(await target.apply(release, call)).toMatchObject({ outcome: 'unchanged' })
    expect(server.writes).toEqual(['POST /notes/a'])
  })
})

describe('a mask', () => {
  const mask = ({ token, ...note }: Note) => ({ ...note, ...(token !== undefined && { token: '***' }) })

  test('hides values and not that they differ', async () => {
    const { target, create, change } = await scene({ mask })
    const seen = await create({ id: 'a', title: 'A', token: 'hunter2' })
    const same = await target.preview(await change({ id: 'a', title: 'A', token: 'hunter2' }, seen), call)
    expect(same.after).toEqual(same.before)
    const other = await target.preview(await change({ id: 'a', title: 'A', token: 'swordfish' }, seen), call)
    expect(other.after).not.toEqual(other.before)
    expect(JSON.stringify([same, other])).not.toMatch(/hunter2|swordfish/)
  })
})

describe('manifests', () => {
  test('that cannot be used are one error, each with its place', async () => {
    const { target } = await scene()
    const manifests = [
      { manifest: { title: 'no id' } as unknown as Note, origin: { file: 'a.json' } },
      { manifest: { id: 'b', title: Number.NaN } as unknown as Note, origin: { file: 'b.json' } },
      { manifest: { id: 'c', title: 'C' }, origin: { file: 'c.json' } },
    ]
    const thrown: unknown = await target.prepare(manifests, call).catch((error: unknown) => error)
    if (!isMooringError(thrown)) throw thrown
    expect(thrown).toMatchObject({ kind: 'permanent', code: 'INVALID_MANIFEST' })
    expect(thrown.message).toMatch(/a\.json.*b\.json/)
    expect(thrown.message).not.toContain('c.json')
  })
})
