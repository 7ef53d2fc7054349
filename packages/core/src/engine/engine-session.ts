import { systemClock } from '../clock/system-clock.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { Call } from '../ports/call.ts'
import type { Scheduler } from '../ports/scheduler.ts'
import type { Installation } from '../ports/store.ts'
import type { EngineOptions } from './engine.ts'
import { misuse } from './misuse.ts'

/** The life of one engine: opened, started, stopped, each once. */
export interface EngineSession {
  /** Aborted when the engine gives up what still runs. */
  readonly signal: AbortSignal
  readonly isRunning: () => boolean
  readonly mustBeRunning: () => void
  readonly mustNotBeStopped: () => void
  /** Opens the store for a look, once, which fences nobody off. `start` opens it for writing. */
  readonly open: () => Promise<void>
  readonly installation: () => { readonly id: string; readonly digest: Call['digest'] }
  readonly epoch: () => number
  readonly start: (work: (name: string) => Promise<void>) => Promise<void>
  readonly stop: (
    drainMs: number,
    close: (reason: unknown) => void,
    settle: () => Promise<void>,
    dispose: () => Promise<void>,
  ) => Promise<void>
}

type Phase = 'new' | 'running' | 'stopping' | 'stopped'

/** The session of one engine. */
export function engineSession(
  options: EngineOptions,
  { bus, scheduler }: { readonly bus: EventBus; readonly scheduler: Scheduler },
): EngineSession {
  const life = new AbortController()
  let phase: Phase = 'new'
  let opening: Promise<void> | undefined
  let opened: (Installation & { readonly digest: Call['digest'] }) | undefined
  let stopping: Promise<void> | undefined
  let force = (): void => {}
  const forced = new Promise<void>((resolve) => {
    force = resolve
  })
  const { clock = systemClock } = options

  const mustNotBeStopped = (): void => {
    if (phase === 'stopping' || phase === 'stopped') throw misuse.stopped()
  }
  const openStore = async (reading: boolean): Promise<void> => {
    const { installation } = options
    const made = await options.store.open({
      signal: life.signal,
      ...(installation !== undefined && { installation }),
      ...(reading && { reading }),
    })
    // Loaded with the first store, not with the package: importing must stay cheap for those who start nothing.
    const { keyedDigest } = await import('../digest/keyed-digest.ts')
    opened = { ...made, digest: keyedDigest(made.digestKey) }
  }
  const open = (): Promise<void> => {
    mustNotBeStopped()
    opening ??= openStore(true).catch((thrown: unknown) => {
      opening = undefined
      throw thrown
    })
    return opening
  }
  const known = () => {
    if (opened === undefined) throw misuse.notStarted()
    return opened
  }
  const finish = async (
    drainMs: number,
    close: (reason: unknown) => void,
    settle: () => Promise<void>,
    dispose: () => Promise<void>,
  ) => {
    const wasRunning = phase === 'running'
    const endsAt = clock.monotonic() + drainMs
    phase = 'stopping'
    close(misuse.stopped())
    if (wasRunning) await Promise.race([scheduler.drain({ deadlineMs: drainMs }), forced])
    if (wasRunning) await Promise.race([within(Math.max(0, endsAt - clock.monotonic()), settle()), forced])
    life.abort(misuse.stopped())
    // What was aborted gets a moment to record what it had done.
    if (wasRunning) await scheduler.drain({ deadlineMs: abortGraceMs })
    if (wasRunning) await within(abortGraceMs, settle())
    await scheduler[Symbol.asyncDispose]()
    // An adapter that hangs at its own end must not keep the program from its.
    const ends = [dispose(), ...(opening === undefined ? [] : [options.store[Symbol.asyncDispose]()])]
    const failures = ((await within(abortGraceMs, Promise.allSettled(ends))) ?? []).filter(
      (end) => end.status === 'rejected',
    )
    phase = 'stopped'
    bus.emit('engine.stopped', {})
    if (failures.length > 0) throw (failures[0] as PromiseRejectedResult).reason
  }

  /** What was promised, or undefined when it takes longer. */
  const within = async <Value>(ms: number, promised: Promise<Value>): Promise<Value | undefined> => {
    let cancel = (): void => {}
    const late = new Promise<undefined>((resolve) => {
      cancel = clock.timer(ms, () => resolve(undefined))
    })
    return Promise.race([promised, late]).finally(cancel)
  }

  return {
    signal: life.signal,
    isRunning: () => phase === 'running',
    mustBeRunning: () => {
      mustNotBeStopped()
      if (phase !== 'running') throw misuse.notStarted()
    },
    mustNotBeStopped,
    open,
    installation: known,
    epoch: () => known().epoch,
    start: async (work) => {
      mustNotBeStopped()
      if (phase !== 'new') return
      // A look that is under way ends first, or its older epoch would be the one we write with.
      await opening?.catch(() => undefined)
      opening = openStore(false)
      await opening
      if (phase !== 'new') return
      phase = 'running'
      bus.emit('engine.started', { installation: known().id })
      scheduler.start(work)
    },
    stop: (drainMs, close, settle, dispose) => {
      if (stopping !== undefined) {
        life.abort(misuse.stopped())
        force()
        return stopping
      }
      stopping = finish(drainMs, close, settle, dispose)
      return stopping
    },
  }
}

const abortGraceMs = 5_000
