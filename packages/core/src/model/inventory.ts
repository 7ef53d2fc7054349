import type { ChangeAction, Expectation } from './change.ts'
import type { HookInstance } from './hook.ts'
import type { ResourceKey, Traits } from './resource.ts'

/** What is recorded of a resource that was applied and confirmed. */
export interface Applied {
  readonly uid?: string
  /** Digest of the manifest that was applied. */
  readonly digest: string
  /** Fingerprint of the live resource right after. */
  readonly fingerprint?: string
  readonly memo?: string
  /** What pruning will need when the manifest is gone. Absent when the resource asked for nothing. */
  readonly traits?: Traits
  /** Keys that had to be ready before this one; reversed for pruning. Absent when there were none. */
  readonly dependencies?: readonly ResourceKey[]
}

/** A write that was announced and whose outcome is not recorded yet. */
export interface Pending {
  readonly action: ChangeAction
  readonly digest?: string
  readonly expects: Expectation
}

/** One resource an application owns, is about to touch, or both. Pending alone is no ownership. */
export interface InventoryEntry {
  readonly key: ResourceKey
  readonly label: string
  readonly owned?: Applied
  readonly pending?: Pending
  /** Present on an instance of a hook, which is no part of what is kept in line. */
  readonly hook?: HookInstance
}

/** All entries of one application, by key. */
export type Inventory = ReadonlyMap<ResourceKey, InventoryEntry>
