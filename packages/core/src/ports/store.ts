import type { RecordedEntry } from '../model/history.ts'
import type { ApplicationState, StateDelta } from '../model/state.ts'
import type { Abortable } from './call.ts'

/** What a store can do, declared for the contract suite and for users. */
export interface StoreCapabilities {
  /** What was committed survives the end of the process. */
  readonly durable: boolean
  /**
   * What is kept stands in files of this machine, which several processes may use and which can be damaged, run out of
   * room, or be of a later version. Default false.
   */
  readonly files?: boolean
  /** One engine at a time can have it for a while: see `Store.lease`. Default false. */
  readonly lease?: boolean
}

/** Who has a store. */
export interface StoreLease {
  /** Name of the engine, for people and for that engine's next start. */
  readonly holder: string
  /** How long it is good without being renewed, milliseconds. */
  readonly ttlMs: number
  /**
   * Another one with each opening and each renewal. Who finds it unchanged for the whole `ttlMs` on a clock of their own
   * may take the lease: no two clocks are ever compared.
   */
  readonly version: string
}

/** What an engine asks for when it opens a store to have it. */
export interface LeaseRequest {
  readonly holder: string
  readonly ttlMs: number
  /** Version of the lease that has run out, or that was the engine's own before. */
  readonly after?: string
}

/** The lease of a store that `supports.lease`. */
export interface StoreLeases {
  /** The lease as it is now; undefined where nobody has it. Writes nothing into a store that is there. */
  readonly read: (options: Abortable) => Promise<StoreLease | undefined>
  /** Says that the engine is still there. Throws `SUPERSEDED` where the lease is not that of this epoch any more. */
  readonly renew: (options: Abortable & { readonly epoch: number }) => Promise<void>
  /** Gives the lease back. Without effect where it is not that of this epoch any more. The epoch stays the latest. */
  readonly release: (options: Abortable & { readonly epoch: number }) => Promise<void>
}

/** One Mooring with one store. */
export interface Installation {
  /** Stands in every owner mark. */
  readonly id: string
  /** Key of all digests, 32 bytes. */
  readonly digestKey: Uint8Array
  /** Fence: a newer opening has a higher number, and commits of older ones are refused. */
  readonly epoch: number
}

/** A value with the version that a compare-and-set names. */
export interface Versioned<Value> {
  readonly value: Value
  readonly version: string
}

/**
 * Durable memory: inventory, operation, history.
 *
 * Guarantees:
 * - `open` makes the installation's id and digest key once and keeps them. Giving another id is `INSTALLATION_CHANGED`.
 *   Every call raises the epoch, except one that is only `reading`: that gives the epoch as it is and fences nobody off.
 * - With a `lease`, `open` takes it in the same step as it raises the epoch: where nobody has one, or where it is still the
 *   version that the request names as `after`. Otherwise it throws `LEASE_HELD` and changes nothing. Without a `lease`, an
 *   opening that is not only reading ends the one there is, as nobody's.
 * - `commit` is atomic: the head, the entries and the history of a delta are all there or none is. It gives the new version.
 *   `expected` is the version it builds on, undefined for an application never committed; another one in the store is
 *   `STATE_CONFLICT`. An epoch that is not the latest is `SUPERSEDED`. Neither changes anything.
 * - `load` gives what was committed, or undefined. A store that cannot read throws; damage never reads as "nothing".
 * - `history` is newest first. `before` is the place of an entry it gave: older ones follow, none twice and none left out,
 *   also where several have the same time and whatever was committed meanwhile. A text that cannot be a place is
 *   `HISTORY_PLACE_UNKNOWN`.
 */
export interface Store extends AsyncDisposable {
  readonly name: string
  readonly supports: StoreCapabilities
  readonly open: (
    options: Abortable & {
      readonly installation?: string
      readonly reading?: boolean
      readonly lease?: LeaseRequest
    },
  ) => Promise<Installation>
  /** Where `supports.lease`. */
  readonly lease?: StoreLeases
  readonly load: (application: string, options: Abortable) => Promise<Versioned<ApplicationState> | undefined>
  readonly commit: (
    application: string,
    delta: StateDelta,
    options: Abortable & { readonly expected: string | undefined; readonly epoch: number },
  ) => Promise<string>
  readonly history: (
    application: string,
    options: Abortable & { readonly limit: number; readonly before?: string },
  ) => Promise<readonly RecordedEntry[]>
  readonly list: (options: Abortable) => Promise<readonly string[]>
  readonly remove: (
    application: string,
    options: Abortable & { readonly expected: string; readonly epoch: number },
  ) => Promise<void>
}
