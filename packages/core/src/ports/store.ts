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
    options: Abortable & { readonly installation?: string; readonly reading?: boolean },
  ) => Promise<Installation>
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
