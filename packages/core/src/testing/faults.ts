/** How a fault strikes. */
export interface FaultOptions {
  /**
   * Default `before`: the call has no effect. `after`: the call takes effect and its answer is lost, as when a
   * connection breaks after the server has done its work.
   */
  readonly when?: 'before' | 'after'
  /** How many calls in a row are struck. Default 1. */
  readonly times?: number
}

/** What a test can do to the methods of a memory adapter. */
export interface FaultInjection<Method extends string> {
  /** The next call of this method rejects with this error. Faults of one method strike in the order they were set. */
  readonly failNext: (method: Method, error: unknown, options?: FaultOptions) => void
  /** The next call of this method answers nothing until its signal aborts, and then rejects with the signal's reason. */
  readonly hangNext: (method: Method, options?: FaultOptions) => void
  /** How often each method was called: a figure for benches and steady-state limits, not a thing to assert order by. */
  readonly calls: Readonly<Record<Method, number>>
}

/** Fault injection with the other end of it. */
export interface Faults<Method extends string> extends FaultInjection<Method> {
  /** One call of a method: counts it, refuses an aborted signal, and lets a fault strike. */
  readonly run: <Answer>(
    method: Method,
    signal: AbortSignal,
    body: () => Answer | Promise<Answer>,
  ) => Promise<Answer>
}

/** Faults for an adapter with these methods. */
export function createFaults<Method extends string>(methods: readonly Method[]): Faults<Method> {
  const calls = Object.fromEntries(methods.map((method) => [method, 0])) as Record<Method, number>
  const waiting = new Map<Method, Fault[]>()
  const add = (
    method: Method,
    strike: Fault['strike'],
    { when = 'before', times = 1 }: FaultOptions = {},
  ) => {
    const faults = waiting.get(method) ?? []
    waiting.set(method, [...faults, ...Array.from({ length: times }, () => ({ strike, when }))])
  }
  return {
    calls,
    failNext: (method, error, options) => add(method, () => Promise.reject(error), options),
    hangNext: (method, options) => add(method, untilAborted, options),
    async run(method, signal, body) {
      calls[method]++
      signal.throwIfAborted()
      const fault = waiting.get(method)?.shift()
      if (fault === undefined) return body()
      if (fault.when === 'after') await body()
      return fault.strike(signal)
    },
  }
}

interface Fault {
  readonly strike: (signal: AbortSignal) => Promise<never>
  readonly when: 'before' | 'after'
}

/** Rejects with the signal's reason as soon as it aborts, and otherwise never settles. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
