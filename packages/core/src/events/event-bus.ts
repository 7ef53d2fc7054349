import { EventEmitter } from 'eventemitter3'
import { messageOf } from '../errors/classify.ts'
import type { Clock } from '../ports/clock.ts'
import type { EngineEvent, EngineEvents, EventsDropped, EventType } from './events.ts'

/** Tells listeners what happened. A listener that throws or rejects cannot break the engine: it becomes `listener.failed`. */
export interface EventBus {
  readonly emit: <Type extends EventType>(type: Type, event: Omit<EngineEvents[Type], 'at'>) => void
  /** Gives its unsubscribe. */
  readonly on: <Type extends EventType>(
    type: Type,
    listener: (event: EngineEvents[Type]) => unknown,
  ) => () => void
  /** Every event from now on. A reader that falls more than `buffer` events behind is told how many it missed. */
  readonly events: (options: {
    readonly signal: AbortSignal
    readonly buffer?: number
  }) => AsyncIterableIterator<EngineEvent | EventsDropped>
}

const every = Symbol('every event')

/** The bus of one engine. */
export function eventBus(clock: Clock): EventBus {
  const emitter = new EventEmitter()

  const failed = (event: string, thrown: unknown): void => {
    // A failing listener of listener.failed has nobody left to tell.
    if (event !== 'listener.failed') emit('listener.failed', { event, message: messageOf(thrown) })
  }
  const guarded = (event: string, listener: (event: never) => unknown) => (payload: unknown) => {
    try {
      const answer = listener(payload as never)
      // Resolved, because a promise of a library or another realm is no instance of ours and may reject all the same.
      if (typeof answer === 'object' && answer !== null) {
        Promise.resolve(answer).catch((thrown: unknown) => failed(event, thrown))
      }
    } catch (thrown) {
      failed(event, thrown)
    }
  }
  const emit: EventBus['emit'] = (type, event) => {
    const stamped = { ...event, at: clock.now() }
    // Readers first: what a listener brings about comes after what it listened to.
    if (emitter.listenerCount(every) > 0) emitter.emit(every, { ...stamped, type })
    emitter.emit(type, stamped)
  }

  return {
    emit,
    on: (type, listener) => {
      const wrapped = guarded(type, listener)
      emitter.on(type, wrapped)
      return () => void emitter.off(type, wrapped)
    },
    events: ({ signal, buffer = 1_000 }) => {
      const stream = boundedStream(buffer, signal)
      emitter.on(every, stream.push)
      stream.closed(() => void emitter.off(every, stream.push))
      return stream.iterator
    },
  }
}

function boundedStream(limit: number, signal: AbortSignal) {
  const waiting: EngineEvent[] = []
  let dropped = 0
  let done = signal.aborted
  const sleepers: (() => void)[] = []
  let close: (() => void) | undefined
  // All of them, in the order they fell asleep: whoever finds nothing sleeps on.
  const wake = (): void => {
    for (const rise of sleepers.splice(0)) rise()
  }
  const finish = (): void => {
    done = true
    close?.()
    wake()
  }
  signal.addEventListener('abort', finish, { once: true })

  const iterator: AsyncIterableIterator<EngineEvent | EventsDropped> = {
    [Symbol.asyncIterator]: () => iterator,
    next: async () => {
      while (waiting.length === 0 && dropped === 0 && !done) {
        await new Promise<void>((resolve) => {
          sleepers.push(resolve)
        })
      }
      if (dropped > 0) {
        const count = dropped
        dropped = 0
        return { done: false, value: { type: 'events.dropped', count } }
      }
      const value = waiting.shift()
      return value === undefined ? { done: true, value: undefined } : { done: false, value }
    },
    return: async () => {
      signal.removeEventListener('abort', finish)
      waiting.length = 0
      dropped = 0
      finish()
      return { done: true, value: undefined }
    },
  }
  return {
    iterator,
    push: (event: EngineEvent): void => {
      if (done) return
      // The oldest are dropped: what a slow reader needs most is where things stand now.
      if (waiting.length >= limit) {
        waiting.shift()
        dropped++
      }
      waiting.push(event)
      wake()
    },
    closed: (listener: () => void): void => {
      close = listener
      if (done) listener()
    },
  }
}
