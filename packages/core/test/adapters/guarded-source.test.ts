import { describe, expect, test } from 'vitest'
import { type GuardedSource, guardedSource } from '../../src/adapters/guarded-source.ts'
import { MooringError } from '../../src/errors/mooring-error.ts'
import type { Revision } from '../../src/model/revision.ts'
import type { Snapshot } from '../../src/ports/snapshot.ts'
import type { Source } from '../../src/ports/source.ts'
import { memorySource, simulatedClock } from '../../src/testing/index.ts'

const revision: Revision = { id: 'c1', label: 'main@c1' }
const signal = new AbortController().signal
const snapshot = (over: object = {}): Snapshot =>
  ({
    revision,
    digestOf: async () => undefined,
    list: async function* () {},
    read: async () => new Uint8Array(),
    [Symbol.asyncDispose]: async () => {},
    ...over,
  }) as Snapshot

function guarded(over: Partial<Source>) {
  const clock = simulatedClock()
  return { clock, source: guardedSource({ ...memorySource({ files: {} }), name: 'env', ...over }, clock) }
}

const questions = {
  resolve: {
    ask: (source: GuardedSource, s = signal) => source.resolve(undefined, s),
    what: 'resolve',
  },
  open: {
    ask: (source: GuardedSource, s = signal) => source.open(revision, s),
    what: 'open of main@c1',
  },
} as const
const methods = ['resolve', 'open'] as const
/** Longer than any source may take. */
const hourMs = 3_600_000

describe('a source that answers nonsense', () => {
  test.each<readonly [method: 'resolve' | 'open', answers: readonly unknown[]]>([
    [
      'resolve',
      [
        undefined,
        null,
        0,
        'c1',
        {},
        [],
        { kind: 'forward' },
        { kind: 'forward', revision: null },
        { kind: 'forward', revision: {} },
        { kind: 'forward', revision: { id: 7 } },
        { kind: 'forward', revision: { id: '' } },
        { revision },
        { kind: 'newer', revision },
        { kind: 'toString', revision },
      ],
    ],
    [
      'open',
      [
        undefined,
        null,
        0,
        'c1',
        {},
        { revision },
        snapshot({ revision: undefined }),
        snapshot({ revision: { id: 'c2' } }),
        snapshot({ read: undefined }),
        snapshot({ list: 'files' }),
        snapshot({ digestOf: undefined }),
      ],
    ],
  ])('at %s is told so, each time', async (method, answers) => {
    for (const answer of answers) {
      const { source } = guarded({ [method]: async () => answer })
      await expect(questions[method].ask(source)).rejects.toMatchObject({
        code: 'SOURCE_INVALID_ANSWER',
        kind: 'permanent',
        message: `Source env broke its contract at ${questions[method].what}`,
      })
    }
  })
})

describe('a source that answers sensibly', () => {
  test.each(['same', 'forward', 'diverged'] as const)('with %s is passed on as it is', async (kind) => {
    const answer = { kind, revision }
    expect(await guarded({ resolve: async () => answer }).source.resolve(revision, signal)).toBe(answer)
  })

  test('with a snapshot of the revision asked for is passed on as it is', async () => {
    const answer = snapshot()
    expect(await guarded({ open: async () => answer }).source.open(revision, signal)).toBe(answer)
  })

  test('is told what is known, and nothing where nothing is', async () => {
    const told: unknown[] = []
    const { source } = guarded({
      resolve: async ({ signal: _, ...rest }) => {
        told.push(rest)
        return { kind: 'same', revision }
      },
    })
    await source.resolve(revision, signal)
    await source.resolve(undefined, signal)
    expect(told).toEqual([{ since: revision }, {}])
  })
})

describe.each(methods)('a source that, at %s,', (method) => {
  const { ask, what } = questions[method]

  test('never answers is given up in time', async () => {
    const { source, clock } = guarded({ [method]: () => new Promise(() => {}) })
    const failing = expect(ask(source)).rejects.toMatchObject({
      code: 'SOURCE_TIMEOUT',
      kind: 'transient',
      message: expect.stringMatching(new RegExp(`^Source env did not answer ${what} within \\d+ ms$`)),
    })
    await clock.advance(hourMs)
    await failing
  })

  test.each([
    ['an error', new Error('no route'), 'no route'],
    ['a text', 'no route', 'no route'],
    ['undefined', undefined, 'threw undefined'],
    ['null', null, 'threw null'],
  ])('throws %s fails with a transient error that says where', async (_, thrown, text) => {
    const fail = (): never => {
      throw thrown as Error
    }
    for (const failing of [fail, async () => fail()]) {
      await expect(ask(guarded({ [method]: failing }).source)).rejects.toMatchObject({
        code: 'SOURCE_FAILED',
        kind: 'transient',
        message: `Source env failed at ${what}: ${text}`,
      })
    }
  })

  test('throws a Mooring error is taken at its word', async () => {
    const error = new MooringError({ code: 'REVISION_GONE', kind: 'permanent', message: 'gone' })
    await expect(ask(guarded({ [method]: () => Promise.reject(error) }).source)).rejects.toBe(error)
  })

  test('is aborted fails with the caller’s reason', async () => {
    const stopping = new AbortController()
    const asked = ask(guarded({ [method]: () => new Promise(() => {}) }).source, stopping.signal)
    const reason = new Error('engine stops')
    stopping.abort(reason)
    await expect(asked).rejects.toBe(reason)
  })
})

describe('a snapshot that comes when nobody waits for it any more', () => {
  const late = () => {
    const { promise, resolve } = Promise.withResolvers<Snapshot>()
    const disposed = Promise.withResolvers<string>()
    const answer = snapshot({ [Symbol.asyncDispose]: async () => disposed.resolve('disposed') })
    return { open: () => promise, arrive: () => resolve(answer), disposed: disposed.promise }
  }

  test('after its time is disposed', async () => {
    const { open, arrive, disposed } = late()
    const { source, clock } = guarded({ open })
    const failing = expect(source.open(revision, signal)).rejects.toMatchObject({ code: 'SOURCE_TIMEOUT' })
    await clock.advance(hourMs)
    await failing
    arrive()
    expect(await disposed).toBe('disposed')
  })

  test('after an abort is disposed', async () => {
    const { open, arrive, disposed } = late()
    const stopping = new AbortController()
    const opening = guarded({ open }).source.open(revision, stopping.signal)
    await Promise.resolve()
    stopping.abort('stop')
    await expect(opening).rejects.toBe('stop')
    arrive()
    expect(await disposed).toBe('disposed')
  })
})
