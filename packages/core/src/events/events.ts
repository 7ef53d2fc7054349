import type { PlannedChange } from '../model/change.ts'
import type { HookRun } from '../model/hook.ts'
import type { Operation, OperationOutcome } from '../model/operation.ts'
import type { Hold, Plan } from '../model/plan.ts'
import type { HealthState, ResourceKey } from '../model/resource.ts'
import type { Resolution, Revision } from '../model/revision.ts'
import type { ErrorSummary, UnhealthyResource } from '../model/status.ts'
import type { Skipped } from '../ports/renderer.ts'

/** Why a pass ran. `due`: the time came at which a hold ends by itself. */
export type Trigger = 'start' | 'revision' | 'drift' | 'interval' | 'retry' | 'health' | 'due' | 'manual'

/** How a pass ended; see `decide`. */
export type PassOutcome = 'rest' | 'wait' | 'retry' | 'replan' | 'stall'

interface Timed {
  /** Milliseconds since the epoch. */
  readonly at: number
}

interface OfApplication extends Timed {
  readonly application: string
}

interface OfPass extends OfApplication {
  readonly pass: string
}

/** What the engine tells, by type. `plan.made` always precedes the first effect of a pass. */
export interface EngineEvents {
  'source.resolved': Timed & {
    readonly source: string
    readonly kind: Resolution['kind']
    readonly revision: Revision
  }
  'source.failed': Timed & { readonly source: string; readonly error: ErrorSummary }
  'pass.started': OfPass & { readonly trigger: Trigger }
  'manifest.skipped': OfPass & { readonly skipped: Skipped }
  'plan.made': OfPass & { readonly plan: Plan }
  'change.applied': OfPass & { readonly change: PlannedChange; readonly unchanged: boolean }
  'change.failed': OfPass & { readonly change: PlannedChange; readonly error: ErrorSummary }
  'change.held': OfPass & { readonly hold: Hold }
  'drift.found': OfPass & { readonly changes: readonly PlannedChange[] }
  'drift.contested': OfPass & {
    readonly key: ResourceKey
    readonly label: string
    readonly heals: number
    /** Which fields somebody else holds, and who, where the target can tell. */
    readonly causes: readonly string[]
  }
  'health.changed': OfPass & {
    readonly from: HealthState
    readonly to: HealthState
    readonly unhealthy: readonly UnhealthyResource[]
  }
  'pass.finished': OfPass & {
    readonly outcome: PassOutcome
    readonly rendered: boolean
    readonly resources: number
    readonly changed: number
    readonly nextPassMs: number
    readonly error?: ErrorSummary
  }
  'operation.started': OfPass & { readonly operation: Operation }
  'operation.finished': OfPass & {
    readonly operation: Operation
    readonly outcome: OperationOutcome
    readonly reasons: readonly string[]
  }
  /** A hook is about to run, and is on record as started. */
  'hook.started': OfApplication & { readonly operation: string; readonly hook: HookRun }
  /** What a hook came to is on record. */
  'hook.finished': OfApplication & { readonly operation: string; readonly hook: HookRun }
  /** An instance of a hook was deleted, by its policy. */
  'hook.removed': OfApplication & { readonly key: ResourceKey; readonly label: string }
  /** A person agreed to a plan. */
  'approval.given': OfApplication & {
    readonly planId: string
    readonly actor: string
    /** Milliseconds since the epoch. */
    readonly expiresAt: number
  }
  'approval.withdrawn': OfApplication & { readonly planId: string; readonly actor: string }
  'application.added': OfApplication
  'application.replaced': OfApplication
  'application.removed': OfApplication
  /** Something is recorded under this name, and no application has it. */
  'application.undefined': OfApplication
  'application.suspended': OfApplication & { readonly actor: string }
  'application.resumed': OfApplication & { readonly actor: string }
  /** Somebody put it on a revision, or ended that. */
  'application.pinned': OfApplication & { readonly actor: string; readonly revision: Revision }
  'application.unpinned': OfApplication & { readonly actor: string }
  /** Another engine has the store; this one begins when that one is gone. */
  'engine.standby': Timed & { readonly holder: string }
  /** The engine has the store. */
  'engine.started': Timed & { readonly installation: string }
  /** The store is another engine's, or may be: nothing more is written. */
  'engine.superseded': Timed & { readonly error: ErrorSummary }
  'engine.stopped': Timed
  'listener.failed': Timed & { readonly event: string; readonly message: string }
}

/** The name of an event. */
export type EventType = keyof EngineEvents

/** One event with its type, as `engine.events()` yields it; narrows by `type`. */
export type EngineEvent = {
  readonly [Type in EventType]: { readonly type: Type } & EngineEvents[Type]
}[EventType]

/** Yielded by `engine.events()` when the reader was slower than the engine: how many events it missed. */
export interface EventsDropped {
  readonly type: 'events.dropped'
  readonly count: number
}
