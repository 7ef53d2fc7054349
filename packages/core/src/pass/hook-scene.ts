import { classify } from '../errors/classify.ts'
import { MooringError } from '../errors/mooring-error.ts'
import type { HookRun } from '../model/hook.ts'
import type { Operation } from '../model/operation.ts'
import type { Plan } from '../model/plan.ts'
import type { Desired, ResourceKey } from '../model/resource.ts'
import { withOperation } from '../pipeline/operation.ts'
import type { Call } from '../ports/call.ts'
import type { Entry } from './ledger.ts'
import type { ReconcileDeps } from './reconcile-deps.ts'
import type { Survey } from './survey.ts'

/** Where the hooks of one pass play. */
export interface HookScene<Manifest> {
  readonly survey: Pick<Survey<Manifest>, 'set' | 'bodies'> & {
    /** Absent where nobody could ask. */
    readonly target?: string
    /** Absent where none could be made. */
    readonly plan?: Plan
    readonly differences: Pick<Survey<Manifest>['differences'], 'unhealthy'>
  }
  readonly call: Call
  readonly deps: ReconcileDeps<Manifest>
}

/** How far the hooks of a phase are. Neither waits nor failures: they are through. */
export interface HookState {
  readonly operation: Operation
  /** What is waited for, in words. */
  readonly waits: readonly string[]
  /** Why the operation fails, in words. */
  readonly failures: readonly string[]
  /** What kept something from being tried, and may pass. */
  readonly errors: readonly MooringError[]
}

/** Through, with nothing left to do. */
export const through = (operation: Operation): HookState => ({
  operation,
  waits: [],
  failures: [],
  errors: [],
})

/** Whether nothing is left to do, or to wait for. */
export const isThrough = ({ waits, failures, errors }: HookState): boolean =>
  waits.length + failures.length + errors.length === 0

/** Records the operation as it is now, with changes to the inventory. */
export async function recordOperation<Manifest>(
  { survey, deps }: HookScene<Manifest>,
  operation: Operation,
  entry: Omit<Entry, 'head' | 'history'>,
  signal: AbortSignal,
): Promise<void> {
  const { head } = deps.ledger.peek()
  const target = survey.target ?? head.target
  const after = withOperation({ ...head, ...(target !== undefined && { target }) }, operation)
  await deps.ledger.commit({ ...entry, head: after }, signal)
}

/** Tells of a hook, after what it says is on record. */
export function tellHook<Manifest>(
  { call, deps }: HookScene<Manifest>,
  operation: Operation,
  hook: HookRun,
): void {
  const type = hook.state === 'started' ? 'hook.started' : 'hook.finished'
  deps.bus.emit(type, { application: call.owner.application, operation: operation.id, hook })
}

/** The operation with this run in place of the one there was, or added. */
export function withRun(operation: Operation, run: HookRun): Operation {
  const runs = operation.hooks ?? []
  const isSame = (one: HookRun): boolean =>
    one.phase === run.phase && one.stage === run.stage && one.of === run.of && one.name === run.name
  const hooks = runs.some(isSame) ? runs.map((one) => (isSame(one) ? run : one)) : [...runs, run]
  return { ...operation, hooks }
}

/** The instance of a hook for an operation. Throws what the target throws, as one error. */
export function instanceOf<Manifest>(
  { deps }: HookScene<Manifest>,
  definition: Desired<Manifest>,
  operation: string,
): Desired<Manifest> {
  const { instantiate } = deps.target
  if (instantiate === undefined) throw hooksUnsupported([definition])
  try {
    return instantiate(definition, operation)
  } catch (thrown) {
    throw classify(thrown, 'TARGET_FAILED', `instantiate of ${definition.label}`)
  }
}

/** Resources are hooks, and the target cannot make instances of them. */
export const hooksUnsupported = (
  hooks: readonly { readonly key: ResourceKey; readonly label: string }[],
): MooringError =>
  new MooringError({
    code: 'HOOKS_UNSUPPORTED',
    kind: 'permanent',
    message: `Expected a target that makes instances of hooks, found one that cannot, for ${hooks.map(({ label }) => label).join(', ')}`,
    hint: 'Take the hook traits off these resources, or use a hook function of the application. Nothing was applied.',
  })
