export { expectationNotMet, expectLive } from './adapter-parts/expect-live.ts'
export { ownedFields } from './adapter-parts/owned-fields.ts'
export { type Naming, prepareByKey } from './adapter-parts/prepare-by-key.ts'
export { unlessAborted } from './adapter-parts/unless-aborted.ts'
export {
  type Application,
  type DefinedApplication,
  defineApplication,
  type Transform,
} from './application/define-application.ts'
export type { Hook, HookContext, Hooks } from './application/hooks.ts'
export { systemClock } from './clock/system-clock.ts'
export { type CrudTargetOptions, crudTarget } from './crud-target/crud-target.ts'
export { canonicalJson } from './digest/canonical-json.ts'
export type { Approving } from './engine/approve.ts'
export { createEngine } from './engine/create-engine.ts'
export type { Asking, Engine, EngineOptions } from './engine/engine.ts'
export type { LeaseOptions } from './engine/lease-options.ts'
export { lend } from './engine/lend.ts'
export type { EngineMetrics, GroupMetrics } from './engine/metrics.ts'
export type { RetargetDecision, Retargeting } from './engine/retarget.ts'
export type { EngineRole } from './engine/role.ts'
export type { RollbackTarget } from './engine/roll-back.ts'
export type { Tally } from './engine/tally.ts'
export { type ErrorDetails, type ErrorKind, isMooringError, MooringError } from './errors/mooring-error.ts'
export type {
  EngineEvent,
  EngineEvents,
  EventsDropped,
  EventType,
  PassOutcome,
  Trigger,
} from './events/events.ts'
export type { Approval } from './model/approval.ts'
export {
  type Change,
  type ChangeAction,
  type ChangeReason,
  type Expectation,
  isHeal,
  type PlannedChange,
} from './model/change.ts'
export type { ChangeCounts } from './model/counts.ts'
export type { HistoryCause, HistoryEntry, RecordedEntry } from './model/history.ts'
export type { HookDeletePolicy, HookInstance, HookPhase, HookRun, HookTrait } from './model/hook.ts'
export type { Applied, Inventory, InventoryEntry, Pending } from './model/inventory.ts'
export type { Json } from './model/json.ts'
export type { Operation, OperationCause, OperationOutcome } from './model/operation.ts'
export type { Pin } from './model/pin.ts'
export type { Hold, Plan } from './model/plan.ts'
export {
  type ApprovalPolicy,
  defaultPolicy,
  type OwnershipPolicy,
  type PruneBudget,
  type SyncPolicy,
} from './model/policy.ts'
export type {
  Desired,
  Health,
  HealthState,
  Located,
  Observation,
  Origin,
  Owner,
  ResourceKey,
  Traits,
  Waiting,
} from './model/resource.ts'
export type { Resolution, Revision, RevisionPart, Verification } from './model/revision.ts'
export type { Placement, Scope } from './model/scope.ts'
export {
  type ApplicationHead,
  type ApplicationState,
  applyDelta,
  type FormerState,
  type SettledOperation,
  type StateDelta,
} from './model/state.ts'
export type {
  ApplicationStatus,
  ErrorSummary,
  LastKnown,
  SyncResult,
  SyncState,
  UnhealthyResource,
} from './model/status.ts'
export type { SyncWindow } from './model/sync-window.ts'
export { describeCounts } from './pipeline/counts.ts'
export { placeOf } from './pipeline/index-by-key.ts'
export type { PatchStep, ResourceDiff } from './pipeline/resource-diff.ts'
export { type SummaryOptions, summary } from './pipeline/summary.ts'
export type { Abortable, Call } from './ports/call.ts'
export type { Clock } from './ports/clock.ts'
export type { Rendered, Renderer, RenderInput, Skipped, TargetFacts } from './ports/renderer.ts'
export {
  type Lease,
  priority,
  type Scheduler,
  type SchedulerFigures,
  type Scheduling,
} from './ports/scheduler.ts'
export type { EntryKind, Snapshot, SnapshotEntry } from './ports/snapshot.ts'
export type { Source } from './ports/source.ts'
export type {
  Installation,
  LeaseRequest,
  Store,
  StoreCapabilities,
  StoreLease,
  StoreLeases,
  Versioned,
} from './ports/store.ts'
export type {
  ApplyResult,
  Capabilities,
  Comparison,
  Dependency,
  Orderable,
  Prepared,
  Preview,
  Target,
  WatchHint,
} from './ports/target.ts'
export { jsonRenderer } from './renderers/json-renderer.ts'
export { type MountOptions, mount } from './sources/mount.ts'
export { memoryStore } from './store-memory/memory-store.ts'
