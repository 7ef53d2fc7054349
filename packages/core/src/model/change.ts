import type { Desired, Origin, ResourceKey } from './resource.ts'

/**
 * - `create`, `update`, `delete`: what they say.
 * - `replace`: delete now and create in a later pass, when the old one is gone; where an update is impossible.
 * - `release`: end ownership and leave the resource alone.
 */
export type ChangeAction = 'create' | 'update' | 'delete' | 'replace' | 'release'

/**
 * Why a change is planned.
 * - `added`, `changed`, `removed`: the desired state says so.
 * - `drift`: the live resource differs from what was applied. `vanished`: it is gone.
 * - `adopted`: it exists and was never ours, or is somebody else's by now.
 * - `reclaimed`: it carries our mark and the inventory does not know it.
 * - `unsettled`: an earlier write of ours has an unknown outcome.
 * - `renamed`: it carries the mark of a name that the application had formerly.
 * - `unproven`: it left the desired state, and nothing proves any more that it is ours. Never carried out.
 * - `kept`: it left the desired state but asks never to be pruned, or to be left alone.
 */
export type ChangeReason =
  | 'added'
  | 'changed'
  | 'removed'
  | 'drift'
  | 'vanished'
  | 'adopted'
  | 'reclaimed'
  | 'unsettled'
  | 'renamed'
  | 'unproven'
  | 'kept'

/** What `apply` must find, or it has no effect and throws a conflict. */
export type Expectation =
  | { readonly kind: 'absent' }
  | { readonly kind: 'present'; readonly uid?: string; readonly version?: string }

/** One change as plans, events and history hold it: digests and reasons, never a body. */
export interface PlannedChange {
  readonly key: ResourceKey
  readonly label: string
  readonly action: ChangeAction
  readonly reason: ChangeReason
  readonly expects: Expectation
  /** Digest of the manifest last applied, when there was one. */
  readonly from?: string
  /** Digest of the desired manifest, when there is one. */
  readonly to?: string
  /** Fingerprint of the live resource this change was planned against. */
  readonly fingerprint?: string
  /** Stages are applied from 0 up; deletes have stages of their own, after all others. */
  readonly stage: number
  /** For people: why it is more than an update, in the target's words. Not part of a plan's id. */
  readonly because?: string
  readonly origin?: Origin
}

/** A planned change with its body. Exists only between the engine and the target and is never serialised. */
export interface Change<Manifest> extends PlannedChange {
  /** Present for create, update and replace. */
  readonly desired?: Desired<Manifest>
}

/**
 * A heal only undoes drift. It needs no operation and is not part of a plan's id. One whose outcome is unknown is still
 * one: what is desired is what was applied before. So is the renewal of a mark after a rename: nothing else is written.
 */
export const isHeal = (change: Pick<PlannedChange, 'reason' | 'from' | 'to'>): boolean =>
  change.reason === 'drift' ||
  change.reason === 'vanished' ||
  change.reason === 'renamed' ||
  (change.reason === 'unsettled' && change.from !== undefined && change.from === change.to)

/** Deletes and releases end ownership; everything else establishes or renews it. */
export const endsOwnership = (change: { readonly action: ChangeAction }): boolean =>
  change.action === 'delete' || change.action === 'release'
