import type { HookTrait } from './hook.ts'

/** The target's stable name for one resource. Opaque to the core: it is compared, never parsed. */
export type ResourceKey = string

/** Where in the snapshot a manifest came from, for people. Lines and documents count from 1. */
export interface Origin {
  readonly file: string
  readonly line?: number
  readonly document?: number
}

/** Who keeps a resource: one application of one installation. Targets write it beside the resource as a mark. */
export interface Owner {
  readonly installation: string
  readonly application: string
}

/** What a resource asks for itself, in its manifest or on its live form. */
export interface Traits {
  /** Explicit order: lower waves are applied, and ready, first. Default 0. */
  readonly wave?: number
  /** Keys of the same application that must be ready before this resource is applied. */
  readonly dependsOn?: readonly ResourceKey[]
  /** `never`: leaving the desired state ends ownership and deletes nothing. */
  readonly prune?: 'never'
  /** `never`: an existing resource is left exactly as it is. */
  readonly reconcile?: 'never'
  /** `allowed`: delete and create again where an update is impossible. */
  readonly replace?: 'allowed'
  /** `allowed`: an existing resource without an owner becomes ours, whatever the policy. */
  readonly adopt?: 'allowed'
  /** True when deleting it takes other things with it (a namespace, a volume): such deletes are held by name. */
  readonly cascades?: boolean
  /** Present when it is no part of what is kept in line, but made anew for each operation. */
  readonly hook?: HookTrait
}

/** Whether a live resource does its job. `paused` is on purpose; `unknown` means that nobody could tell. */
export type HealthState = 'healthy' | 'progressing' | 'degraded' | 'paused' | 'unknown'

/** Health with the reason a person would ask for. */
export interface Health {
  readonly state: HealthState
  readonly message?: string
}

/** One resource as it should be, made by `Target.prepare`. */
export interface Desired<Manifest> {
  readonly key: ResourceKey
  /** For people: `Deployment shop/web`. */
  readonly label: string
  /** Normalised: whatever the target fills in (a default namespace) is filled in. */
  readonly manifest: Manifest
  /** Keyed digest of the normalised manifest. Equal digest = nothing to write. */
  readonly digest: string
  readonly traits: Traits
  readonly origin?: Origin
}

/** The little the core knows of one live resource: a few hundred bytes, never its body. */
export interface Observation {
  readonly key: ResourceKey
  /** This incarnation; a resource deleted and made again has another. */
  readonly uid?: string
  /** Concurrency token: another value means that something was written since. */
  readonly version?: string
  /** Digest of everything we own in the live resource, with its algorithm's version. */
  readonly fingerprint?: string
  /** The adapter's own small record. Kept with the inventory entry, opaque to the core. */
  readonly memo?: string
  readonly health: Health
  /** Whose mark the live resource carries; absent when it carries none. */
  readonly owner?: Owner
  /** A live resource may also ask to be left alone. */
  readonly traits?: Traits
  /** True while a deletion is under way. */
  readonly deleting?: boolean
}

/** A manifest with the place it came from. */
export interface Located<Manifest> {
  readonly manifest: Manifest
  readonly origin?: Origin
}

/** A manifest the target cannot place yet, such as one of a kind nobody has defined. */
export interface Waiting {
  readonly label: string
  readonly reason: string
  /** The code of the error it becomes when it has waited in vain, such as `UNKNOWN_KIND`. */
  readonly code?: string
  readonly origin?: Origin
}
