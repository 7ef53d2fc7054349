import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bounded } from '../../src/adapters/bounded.ts'
import { MooringError } from '../../src/errors/mooring-error.ts'
import { simulatedClock } from '../../src/testing/index.ts'

const tooLate = new MooringError({ code: 'TARGET_TIMEOUT', kind: 'transient', message: 'too late' })

function scene(signal: AbortSignal = new AbortController().signal) {
  const clock = simulatedClock()
  const run = <Value>(work: (signal: AbortSignal) => Promise<Value>) =>
    bounded({ clock, signal, timeoutMs: 1_000, onTimeout: () => tooLate }, work)
  return { clock, run }
}

/** A promise with both its ends, and whether a promise has settled yet. */
const deferred = <Value>() => Promise.withResolvers<Value>()
const isSettled = async (promise: Promise<unknown>): Promise<boolean> => {
  const pending = Symbol('pending')
  const first = await Promise.race([promise.catch(() => undefined), Promise.resolve(pending)])
  return first !== pending
}

const unhandled: unknown[] = []
const onUnhandled = (reason: unknown): void => void unhandled.push(reason)
beforeEach(() => void process.on('unhandledRejection', onUnhandled))
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', onUnhandled)
  expect(unhandled.splice(0)).toEqual([])
})

describe('work within its bounds', () => {
  test('answers, has settled, and leaves no timer behind', async () => {
    const { clock, run } = scene()
    const { result, settled } = run(async () => 42)
    expect(await result).toBe(42)
    await settled
    expect(clock.pending()).toBe(0)
  })

  test('fails with what it threw, whatever that is', async () => {
    const { clock, run } = scene()
    for (const thrown of [new Error('x'), 'text', undefined, null]) {
      const { result, settled } = run(() => Promise.reject(thrown))
      await expect(result).rejects.toBe(thrown)
      await settled
    }
    expect(clock.pending()).toBe(0)
  })

  test('that throws before its first await fails like any other', async () => {
    const { run } = scene()
    const thrown = new Error('at once')
    const { result, settled } = run(() => {
      throw thrown
    })
    await expect(result).rejects.toBe(thrown)
    await settled
  })

  test('that is no promise is its own answer', async () => {
    const { run } = scene()
    expect(await run((() => 'plain') as never).result).toBe('plain')
  })
})

describe('work beyond its time', () => {
  test('fails at that moment and not before, and its signal is aborted with the same reason', async () => {
    const { clock, run } = scene()
    let seen: AbortSignal | undefined
    const { result } = run((signal) => {
      seen = signal
      return new Promise(() => {})
    })
    const failing = expect(result).rejects.toBe(tooLate)
    await clock.advance(999)
    expect(seen?.aborted).toBe(false)
    await clock.advance(1)
    await failing
    expect(seen?.reason).toBe(tooLate)
  })

  test.each(['resolves', 'rejects'] as const)(
    'that %s later has settled then, and nobody hears of it',
    async (how) => {
      const { clock, run } = scene()
      const work = deferred<string>()
      const { result, settled } = run(() => work.promise)
      const failing = expect(result).rejects.toBe(tooLate)
      await clock.advance(1_000)
      await failing
      expect(await isSettled(settled)).toBe(false)
      if (how === 'resolves') work.resolve('late')
      else work.reject(new Error('late'))
      await settled
      await expect(result).rejects.toBe(tooLate)
    },
  )
})

describe('work whose caller aborts', () => {
  test('fails at once with the caller’s reason, though it does not listen', async () => {
    const controller = new AbortController()
    const { clock, run } = scene(controller.signal)
    let seen: AbortSignal | undefined
    const { result, settled } = run((signal) => {
      seen = signal
      return new Promise(() => {})
    })
    await Promise.resolve()
    const reason = new Error('stopped')
    controller.abort(reason)
    await expect(result).rejects.toBe(reason)
    expect(seen?.reason).toBe(reason)
    expect(await isSettled(settled)).toBe(false)
    expect(clock.pending()).toBe(0)
  })

  test('that listens has settled as soon as it gives up', async () => {
    const controller = new AbortController()
    const { run } = scene(controller.signal)
    const { result, settled } = run(
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    )
    await Promise.resolve()
    controller.abort(new Error('stopped'))
    await expect(result).rejects.toThrow('stopped')
    await settled
  })

  test('before it began is not begun', async () => {
    const { clock, run } = scene(AbortSignal.abort('never'))
    let begun = false
    const { result, settled } = run(async () => {
      begun = true
    })
    await expect(result).rejects.toBe('never')
    await settled
    expect(begun).toBe(false)
    expect(clock.pending()).toBe(0)
  })

  test('after it was done is not troubled', async () => {
    const controller = new AbortController()
    const { run } = scene(controller.signal)
    let seen: AbortSignal | undefined
    const { result } = run(async (signal) => {
      seen = signal
      return 1
    })
    expect(await result).toBe(1)
    controller.abort()
    expect(seen?.aborted).toBe(false)
  })

  test('with a thousand pieces of work leaves no listener behind when they are done', async () => {
    const controller = new AbortController()
    const { signal } = controller
    let listeners = 0
    const counted = new Proxy(signal, {
      get: (target, name) => {
        if (name === 'addEventListener') listeners++
        if (name === 'removeEventListener') listeners--
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const { run } = scene(counted)
    await Promise.all(Array.from({ length: 1_000 }, () => run(async () => 1).result))
    expect(listeners).toBe(0)
  })
})
