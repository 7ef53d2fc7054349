import { unlessAborted } from '../adapter-parts/unless-aborted.ts'
import { classify } from '../errors/classify.ts'
import { isMooringError, MooringError } from '../errors/mooring-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { Store, StoreLeases } from '../ports/store.ts'
import { bounded } from './bounded.ts'

/**
 * A store as the engine uses it: every call but `open` ends within `timeoutMs` with an answer or an error that is
 * classified. `open` may wait for another engine to leave, and ends when its caller gives up.
 *
 * A commit that took too long may still take effect: whoever made it reads again before the next one, and a version that
 * moved on meanwhile is a conflict like any other.
 *
 * Throws `STORE_TIMEOUT`, `STORE_FAILED` for what the store did not classify, and what the store throws.
 */
export function guardedStore(
  store: Store,
  clock: Clock,
  timeoutMs: number,
  /** Told of each write that was refused because the store was opened again, with the epoch it was made under. */
  onSuperseded: (epoch: number, error: MooringError) => void = () => {},
): Store {
  const ask = async <Value>(
    what: string,
    signal: AbortSignal,
    run: (signal: AbortSignal) => Promise<Value>,
  ): Promise<Value> => {
    const onTimeout = (): MooringError => timedOut(store.name, what, timeoutMs)
    try {
      return await bounded({ clock, signal, timeoutMs, onTimeout }, run).result
    } catch (thrown) {
      if (signal.aborted) throw signal.reason
      throw classify(thrown, 'STORE_FAILED', `Store ${store.name} failed at ${what}`)
    }
  }
  const write = async <Value>(
    what: string,
    { signal, epoch }: { readonly signal: AbortSignal; readonly epoch: number },
    run: (signal: AbortSignal) => Promise<Value>,
  ): Promise<Value> => {
    try {
      return await ask(what, signal, run)
    } catch (thrown) {
      if (isMooringError(thrown) && thrown.code === 'SUPERSEDED') onSuperseded(epoch, thrown)
      throw thrown
    }
  }
  const { lease } = store
  const guardedLease: StoreLeases | undefined = lease && {
    read: ({ signal }) => ask('look at its lease', signal, (inner) => lease.read({ signal: inner })),
    renew: ({ signal, epoch }) =>
      ask('renewal of its lease', signal, (inner) => lease.renew({ signal: inner, epoch })),
    release: ({ signal, epoch }) =>
      ask('release of its lease', signal, (inner) => lease.release({ signal: inner, epoch })),
  }
  return {
    name: store.name,
    supports: store.supports,
    ...(guardedLease && { lease: guardedLease }),
    open: async (options) => {
      try {
        return await unlessAborted(store.open(options), options.signal)
      } catch (thrown) {
        if (options.signal.aborted) throw options.signal.reason
        throw classify(thrown, 'STORE_FAILED', `Store ${store.name} could not be opened`)
      }
    },
    load: (application, { signal }) =>
      ask(`load of ${application}`, signal, (inner) => store.load(application, { signal: inner })),
    commit: (application, delta, options) =>
      write(`commit of ${application}`, options, (signal) =>
        store.commit(application, delta, { ...options, signal }),
      ),
    history: (application, options) =>
      ask(`history of ${application}`, options.signal, (signal) =>
        store.history(application, { ...options, signal }),
      ),
    list: ({ signal }) => ask('list', signal, (inner) => store.list({ signal: inner })),
    remove: (application, options) =>
      write(`removal of ${application}`, options, (signal) =>
        store.remove(application, { ...options, signal }),
      ),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

const timedOut = (store: string, what: string, timeoutMs: number): MooringError =>
  new MooringError({
    code: 'STORE_TIMEOUT',
    kind: 'transient',
    message: `Store ${store} did not answer ${what} within ${timeoutMs} ms`,
    hint: 'See whether its disk or server is overloaded or gone. The limit is storeTimeoutMs of createEngine.',
  })
