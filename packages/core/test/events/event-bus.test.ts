import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type EventBus, eventBus } from '../../src/events/event-bus.ts'
import type { EngineEvent, EngineEvents, EventsDropped } from '../../src/events/events.ts'
import { simulatedClock } from '../../src/testing/index.ts'

/** A bus, with everything it tells of listeners that failed. */
function scene() {
  const clock = simulatedClock()
  const bus = eventBus(clock)
  const failures: EngineEvents['listener.failed'][] = []
  bus.on('listener.failed', (event) => failures.push(event))
  return { clock, bus, failures }
}

const added = (bus: EventBus, application = 'shop'): void => bus.emit('application.added', { application })
/** Lets promises that have settled be heard of. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const unhandled: unknown[] = []
const onUnhandled = (reason: unknown): void => void unhandled.push(reason)
beforeEach(() => void process.on('unhandledRejection', onUnhandled))
afterEach(() => {
  process.off('unhandledRejection', onUnhandled)
  expect(unhandled.splice(0)).toEqual([])
})

describe('a listener', () => {
  test('hears its type of event, with the time, in the order of listening', () => {
    const { bus, clock } = scene()
    const heard: unknown[] = []
    bus.on('application.added', (event) => heard.push(['first', event]))
    bus.on('application.removed', (event) => heard.push(event))
    bus.on('application.added', ({ application }) => heard.push(['second', application]))
    added(bus)
    expect(heard).toEqual([
      ['first', { application: 'shop', at: clock.now() }],
      ['second', 'shop'],
    ])
  })

  test('hears nothing after it was unsubscribed, and unsubscribing again harms nobody', () => {
    const { bus } = scene()
    const heard: string[] = []
    const listener = ({ application }: { readonly application: string }) => heard.push(application)
    const unsubscribe = bus.on('application.added', listener)
    bus.on('application.added', listener)
    added(bus, 'both')
    unsubscribe()
    unsubscribe()
    added(bus, 'one')
    expect(heard).toEqual(['both', 'both', 'one'])
  })

  test('may unsubscribe itself while it listens, without anybody else missing the event', () => {
    const { bus } = scene()
    const heard: string[] = []
    const unsubscribe = bus.on('application.added', () => {
      heard.push('once')
      unsubscribe()
    })
    bus.on('application.added', () => heard.push('always'))
    added(bus)
    added(bus)
    expect(heard).toEqual(['once', 'always', 'always'])
  })

  test('that answers something, or a promise that keeps its word, is no failure', async () => {
    const { bus, failures } = scene()
    bus.on('application.added', () => 42)
    bus.on('application.added', async () => 'done')
    added(bus)
    await turn()
    expect(failures).toEqual([])
  })
})

const cyclic: Record<string, unknown> = {}
cyclic.self = cyclic

describe('a listener that', () => {
  const nonsense: readonly (readonly [what: string, thrown: unknown])[] = [
    ['an error', new Error('listener broke')],
    ['a text', 'listener broke'],
    ['nothing', undefined],
    ['null', null],
    ['a big integer', 1n],
    ['an object in a circle', cyclic],
    ['a symbol', Symbol('x')],
  ]
  const ways: readonly (readonly [what: string, fail: (thrown: unknown) => unknown])[] = [
    [
      'throws',
      (thrown) => {
        throw thrown
      },
    ],
    ['rejects with', (thrown) => Promise.reject(thrown)],
    // A promise of another realm, or of a library, is no instance of our Promise.
    [
      'rejects in its own way with',
      // biome-ignore lint/suspicious/noThenProperty: that is what this is about
      (thrown) => ({ then: (_: unknown, reject: (thrown: unknown) => void) => reject(thrown) }),
    ],
  ]
  const all = ways.flatMap(([way, fail]) => nonsense.map(([what, thrown]) => ({ way, what, fail, thrown })))

  test.each(all)('$way $what breaks nothing, and is told', async ({ fail, thrown }) => {
    const { bus, clock, failures } = scene()
    const heard: string[] = []
    bus.on('application.added', () => fail(thrown))
    bus.on('application.added', ({ application }) => heard.push(application))
    added(bus)
    await turn()
    expect(heard).toEqual(['shop'])
    expect(failures).toEqual([
      { event: 'application.added', message: expect.stringMatching(/./), at: clock.now() },
    ])
  })

  test.each(ways)('hears of failures and %s one itself is told to nobody', async (_, fail) => {
    const { bus, failures } = scene()
    bus.on('listener.failed', () => fail(new Error('broke as well')))
    bus.on('application.added', () => fail(new Error('listener broke')))
    added(bus)
    await turn()
    expect(failures.map(({ message }) => message)).toEqual(['listener broke'])
  })

  test('fails with a secret object does not spread it', async () => {
    const { bus, failures } = scene()
    bus.on('application.added', () => Promise.reject({ headers: { authorization: 'hunter2' } }))
    added(bus)
    await turn()
    expect(JSON.stringify(failures)).not.toContain('hunter2')
  })
})

describe('a reader of all events', () => {
  const read = async (
    events: AsyncIterableIterator<EngineEvent | EventsDropped>,
    count: number,
  ): Promise<readonly unknown[]> => {
    const seen: unknown[] = []
    while (seen.length < count) {
      const { done, value } = await events.next()
      if (done === true) return [...seen, 'end']
      seen.push(
        value.type === 'events.dropped'
          ? `dropped ${value.count}`
          : 'application' in value
            ? value.application
            : value.type,
      )
    }
    return seen
  }

  test('gets every event from now on, with its type', async () => {
    const { bus, clock } = scene()
    added(bus, 'before')
    const events = bus.events({ signal: new AbortController().signal })
    added(bus)
    bus.emit('engine.stopped', {})
    expect((await events.next()).value).toEqual({
      type: 'application.added',
      application: 'shop',
      at: clock.now(),
    })
    expect((await events.next()).value).toEqual({ type: 'engine.stopped', at: clock.now() })
  })

  test('waits for the next event', async () => {
    const { bus } = scene()
    const events = bus.events({ signal: new AbortController().signal })
    const next = read(events, 2)
    await turn()
    added(bus, 'one')
    await turn()
    added(bus, 'two')
    expect(await next).toEqual(['one', 'two'])
  })

  test('may ask for several events at once, and gets them in order', async () => {
    const { bus } = scene()
    const controller = new AbortController()
    const events = bus.events({ signal: controller.signal })
    const asked = [read(events, 1), read(events, 1), read(events, 1)]
    await turn()
    added(bus, 'one')
    added(bus, 'two')
    await turn()
    controller.abort()
    expect(await Promise.all(asked)).toEqual([['one'], ['two'], ['end']])
  })

  test('who is too slow is told how many of the oldest events are missing', async () => {
    const { bus } = scene()
    const events = bus.events({ signal: new AbortController().signal, buffer: 2 })
    for (const name of ['a', 'b', 'c', 'd', 'e']) added(bus, name)
    expect(await read(events, 3)).toEqual(['dropped 3', 'd', 'e'])
    added(bus, 'f')
    expect(await read(events, 1)).toEqual(['f'])
  })

  test('has room for a thousand events unless told otherwise', async () => {
    const { bus } = scene()
    const events = bus.events({ signal: new AbortController().signal })
    for (let at = 0; at < 1_001; at++) added(bus, `a${at}`)
    expect(await read(events, 2)).toEqual(['dropped 1', 'a1'])
  })

  test('does not slow down or shorten what another one gets', async () => {
    const { bus } = scene()
    const signal = new AbortController().signal
    const slow = bus.events({ signal, buffer: 1 })
    const quick = bus.events({ signal })
    for (const name of ['a', 'b']) added(bus, name)
    expect(await read(quick, 2)).toEqual(['a', 'b'])
    expect(await read(slow, 2)).toEqual(['dropped 1', 'b'])
  })

  test('hears of listeners that failed, after the event they failed at', async () => {
    const { bus } = scene()
    const events = bus.events({ signal: new AbortController().signal })
    bus.on('engine.stopped', () => {
      throw new Error('x')
    })
    bus.emit('engine.stopped', {})
    expect(await read(events, 2)).toEqual(['engine.stopped', 'listener.failed'])
  })

  test('comes to an end on abort, after what it was to hear before', async () => {
    const { bus } = scene()
    const controller = new AbortController()
    const events = bus.events({ signal: controller.signal })
    added(bus, 'before')
    controller.abort()
    added(bus, 'after')
    expect(await read(events, 3)).toEqual(['before', 'end'])
    expect(await read(events, 1)).toEqual(['end'])
  })

  test('who waits is let go by an abort, without an error', async () => {
    const { bus } = scene()
    const controller = new AbortController()
    const seen: unknown[] = []
    const reading = (async () => {
      for await (const event of bus.events({ signal: controller.signal })) seen.push(event)
      return 'over'
    })()
    await turn()
    controller.abort(new Error('enough'))
    expect(await reading).toBe('over')
    expect(seen).toEqual([])
  })

  test('of an aborted signal gets nothing', async () => {
    const { bus } = scene()
    const events = bus.events({ signal: AbortSignal.abort() })
    added(bus)
    expect(await events.next()).toEqual({ done: true, value: undefined })
  })

  test('who leaves the loop hears nothing more', async () => {
    const { bus } = scene()
    const events = bus.events({ signal: new AbortController().signal, buffer: 1 })
    for (const name of ['a', 'b', 'c']) added(bus, name)
    for await (const event of events) {
      expect(event).toEqual({ type: 'events.dropped', count: 2 })
      break
    }
    added(bus, 'd')
    expect(await events.next()).toEqual({ done: true, value: undefined })
  })

  test('who leaves while events are missing is not told of them afterwards', async () => {
    const { bus } = scene()
    const events = bus.events({ signal: new AbortController().signal, buffer: 1 })
    for (const name of ['a', 'b']) added(bus, name)
    await events.return?.()
    expect(await events.next()).toEqual({ done: true, value: undefined })
  })

  test('who waits is let go when somebody else leaves the loop for them', async () => {
    const { bus } = scene()
    const events = bus.events({ signal: new AbortController().signal })
    const waiting = events.next()
    await turn()
    await events.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
  })
})
