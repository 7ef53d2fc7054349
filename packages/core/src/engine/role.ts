import type { ErrorSummary } from '../model/status.ts'

/**
 * What an engine is doing with its store.
 *
 * - `new`: not started. It can look. A person's decisions can be recorded while no engine runs on the store; while one does
 *   they throw `LEASE_HELD`, which names it, after up to a third of its lease's time to live. A lease whose engine was killed
 *   takes its whole time to live to be seen as that. An engine that runs without a lease shows nobody that it is there, and
 *   notices what is recorded beside it when it writes next.
 * - `standing-by`: another engine has the store. This one looks when asked, writes nothing, and takes over when the other
 *   one is gone. `error` is what kept it from looking at the lease last.
 * - `running`: it has the store and keeps targets in line.
 * - `superseded`: the store was taken from it, and it cannot stand by, because it was made without a lease or the store has
 *   none. `start` takes the store again.
 * - `stopped`: for good, from the call of `stop` on.
 */
export type EngineRole =
  | { readonly role: 'new' }
  | { readonly role: 'standing-by'; readonly holder: string; readonly error?: ErrorSummary }
  | { readonly role: 'running' }
  | { readonly role: 'superseded'; readonly error: ErrorSummary }
  | { readonly role: 'stopped' }
