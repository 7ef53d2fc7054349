import type { Operation } from '../model/operation.ts'
import { describeRun, failedHooks } from '../pipeline/hook-steps.ts'
import { type Conclusion, type ConclusionInput, conclude } from './conclude.ts'
import { advanceHooks, hasHooks, recordLost } from './hook-phase.ts'
import { type HookScene, type HookState, isThrough, through } from './hook-scene.ts'
import type { Progress } from './run.ts'

/**
 * What of an operation's hooks comes before its writes: outcomes that are lost, hooks of operations before it that run
 * still, `beforeSync`, and those of the stage that was applied last. Nothing may be written unless all are through.
 */
export async function beginHooks<Manifest>(
  scene: HookScene<Manifest>,
  opened: Operation,
  mayBegin: boolean,
): Promise<HookState> {
  const { behind: _, ...free } = await recordLost(scene, opened)
  const operation: Operation = free
  const failed = failedHooks(operation.hooks)
  if (failed.length > 0) return { ...through(operation), failures: failed.map(describeRun) }
  if (operation.failing !== undefined) return through(operation)
  const behind = scene.deps.runs.beside(operation.id)
  if (behind !== undefined) return { ...through({ ...operation, behind }), waits: [behind] }
  // Whose writes have begun has had its hooks before them, whatever the definition says now.
  const isBefore = operation.changed.length === 0 && hasHooks(scene, { phase: 'beforeSync' })
  if (isBefore && !mayBegin) return { ...through(operation), waits: ['its hooks are held back'] }
  const before = isBefore ? await advanceHooks(scene, operation, { phase: 'beforeSync' }) : through(operation)
  return isThrough(before) ? endStage(scene, before.operation, scene.survey.differences.unhealthy) : before
}

/** Runs the hooks of the stage that was applied last, once it is healthy. */
async function endStage<Manifest>(
  scene: HookScene<Manifest>,
  operation: Operation,
  unhealthy: Progress['unhealthy'],
): Promise<HookState> {
  const { stage } = operation
  if (stage === undefined) return through(operation)
  const labelOf = (key: string): string => scene.survey.set.records.get(key)?.label ?? key
  const waits = stage.keys.flatMap((key) => {
    const health = unhealthy.get(key)
    return health === undefined
      ? []
      : [`${labelOf(key)} is ${health.state}${health.message ? `: ${health.message}` : ''}`]
  })
  if (waits.length > 0) return { ...through(operation), waits }
  const after = await advanceHooks(scene, operation, { phase: 'afterStage', stage: stage.number })
  if (!isThrough(after)) return after
  const { stage: _, ...rest } = after.operation
  return through({ ...rest, stagesDone: stage.number + 1 })
}

/** A pass with its operation's hooks. */
export interface Concluded {
  readonly progress: Progress
  readonly conclusion: Conclusion
}

/**
 * The conclusion of a pass, with the hooks that come after its writes: those of a stage, those of `afterSync` before the
 * operation ends synced, and those of `onFailure` before it ends otherwise.
 */
export async function concludeWithHooks<Manifest>(
  scene: HookScene<Manifest>,
  begun: HookState,
  written: Progress,
  input: Omit<ConclusionInput, 'progress' | 'hooks'>,
): Promise<Concluded> {
  let progress: Progress = { ...written, failures: [...begun.errors, ...written.failures] }
  const operation = progress.operation ?? begun.operation
  if (operation.failing !== undefined)
    return endFailing(scene, progress, operation, operation.failing, input.healthPollMs)
  let hooks = begun
  let conclusion = conclude({ ...input, progress, hooks })
  const goesOn = isThrough(begun) && progress.failures.length === 0 && !conclusion.held
  if (goesOn && conclusion.ended?.outcome !== 'timed-out' && conclusion.ended?.outcome !== 'failed') {
    hooks = await endStage(scene, operation, progress.unhealthy)
    const isStageOver = hooks.operation.stage === undefined
    if (isThrough(hooks) && isStageOver && conclusion.ended?.outcome === 'synced')
      hooks = await advanceHooks(scene, hooks.operation, { phase: 'afterSync' })
    progress = { ...progress, operation: hooks.operation, failures: hooks.errors }
    // A stage that is through lets the next one begin, at once.
    conclusion =
      isThrough(hooks) && operation.stage !== undefined && conclusion.ended === undefined
        ? { end: { kind: 'wait', atMostMs: 0 }, held: false }
        : conclude({ ...input, progress, hooks })
  }
  // It has not begun: what another one takes is not taken off its time.
  if (operation.behind !== undefined && progress.failures.length === 0 && conclusion.ended === undefined)
    conclusion = { end: { kind: 'wait', atMostMs: input.healthPollMs }, held: true }
  const { ended } = conclusion
  if (ended === undefined || ended.outcome === 'synced') return { progress, conclusion }
  return endFailing(scene, progress, hooks.operation, { ...ended, at: input.now }, input.healthPollMs)
}

/** What the end of an operation that has failed comes to. */
export interface Failing {
  readonly operation: Operation
  /** Why it failed; absent while its hooks run. */
  readonly reasons?: readonly string[]
}

/**
 * Lets the hooks of `onFailure` run before the operation ends, for as long as an operation may take. They add reasons and
 * change no outcome.
 */
export async function failWithHooks<Manifest>(
  scene: HookScene<Manifest>,
  from: Operation,
  failing: Required<Operation>['failing'],
): Promise<Failing> {
  const { deps } = scene
  deps.runs.abort(
    ({ operation, phase }) => operation === from.id && phase !== 'onFailure',
    new DOMException(`The operation is ${failing.outcome}`, 'AbortError'),
  )
  if (!hasHooks(scene, { phase: 'onFailure' })) return { operation: from, reasons: failing.reasons }
  const state = await advanceHooks(scene, { ...from, failing }, { phase: 'onFailure' })
  const { operation, waits, failures, errors } = state
  const isLate = deps.clock.now() >= failing.at + deps.policy.deadlineMs
  if (failures.length === 0 && !isThrough(state) && !isLate) return { operation }
  const more = [...failures, ...waits, ...errors.map(({ code, message }) => `${code}: ${message}`)]
  return { operation, reasons: [...failing.reasons, ...more] }
}

async function endFailing<Manifest>(
  scene: HookScene<Manifest>,
  written: Progress,
  from: Operation,
  failing: Required<Operation>['failing'],
  atMostMs: number,
): Promise<Concluded> {
  const { operation, reasons } = await failWithHooks(scene, from, failing)
  const progress = { ...written, operation }
  if (reasons === undefined) return { progress, conclusion: { end: { kind: 'wait', atMostMs }, held: false } }
  const ended = { outcome: failing.outcome, reasons }
  return { progress, conclusion: { end: { kind: 'stall' }, ended, held: false } }
}
