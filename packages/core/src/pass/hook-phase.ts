import { defaultHookTimeoutMs, type HookContext } from '../application/hooks.ts'
import type { HookRun } from '../model/hook.ts'
import type { Operation } from '../model/operation.ts'
import { hookGroups } from '../pipeline/hook-groups.ts'
import {
  describeRun,
  type HookMoment,
  judgeLost,
  nextHooks,
  type WantedHook,
} from '../pipeline/hook-steps.ts'
import { createInstances, watchInstances } from './hook-resources.ts'
import {
  type HookScene,
  type HookState,
  isThrough,
  recordOperation,
  tellHook,
  through,
  withRun,
} from './hook-scene.ts'

/**
 * Takes the hooks of one phase as far as they come now: records what resources have come to, starts what is next, and says
 * what is waited for. A function is on record as started before it runs, and runs beside the passes.
 */
export async function advanceHooks<Manifest>(
  scene: HookScene<Manifest>,
  from: Operation,
  moment: HookMoment,
): Promise<HookState> {
  const groups = groupsOf(scene, moment)
  if (groups.length === 0) return through(from)
  const seen = await watchInstances(scene, from, moment.phase)
  let { operation } = seen
  if (seen.waits.length + seen.errors.length > 0) return seen
  const isRunning = (run: HookRun): boolean => scene.deps.runs.knows(operation.id, run)
  for (;;) {
    const step = nextHooks(groups, operation.hooks ?? [], moment, isRunning)
    switch (step.kind) {
      case 'done':
        return through(operation)
      case 'failed':
        return { ...through(operation), failures: step.runs.map(describeRun) }
      case 'wait':
        return { ...through(operation), waits: step.runs.map(describeRun) }
      case 'start': {
        if (!scene.deps.runs.mayStart()) return { ...through(operation), waits: ['the engine is stopping'] }
        const started = await start(scene, operation, step.hooks, moment)
        operation = started.operation
        if (!isThrough(started)) return started
        break
      }
      default:
        return step satisfies never
    }
  }
}

/** Whether a phase has hooks at all. */
export const hasHooks = <Manifest>(scene: HookScene<Manifest>, moment: HookMoment): boolean =>
  groupsOf(scene, moment).length > 0

function groupsOf<Manifest>({ survey, deps }: HookScene<Manifest>, { phase }: HookMoment) {
  return hookGroups({
    phase,
    functions: deps.hooks,
    resources: survey.set.hooks,
    isFirst: deps.ledger.peek().head.applied === undefined,
    edges: deps.target.order,
  })
}

/** The hooks of a group are of one kind. */
async function start<Manifest>(
  scene: HookScene<Manifest>,
  operation: Operation,
  hooks: readonly WantedHook[],
  moment: HookMoment,
): Promise<HookState> {
  const resources = hooks.flatMap((wanted) => (wanted.kind === 'resource' ? [wanted.record] : []))
  if (resources.length > 0) return createInstances(scene, operation, resources, moment.phase)
  let after = operation
  for (const wanted of hooks) after = await startFunction(scene, after, wanted, moment)
  return through(after)
}

async function startFunction<Manifest>(
  scene: HookScene<Manifest>,
  operation: Operation,
  wanted: WantedHook,
  moment: HookMoment,
): Promise<Operation> {
  if (wanted.kind !== 'function') return operation
  const { deps, call, survey } = scene
  const { name, idempotent, timeoutMs = defaultHookTimeoutMs, run } = wanted.hook
  const begun: HookRun = {
    ...moment,
    name,
    state: 'started',
    ...(idempotent === true && { idempotent }),
    startedAt: deps.clock.now(),
  }
  const after = withRun(operation, begun)
  await recordOperation(scene, after, {}, call.signal)
  tellHook(scene, after, begun)
  const { stage, failing } = operation
  const context: Omit<HookContext, 'signal'> = {
    application: call.owner.application,
    phase: moment.phase,
    operation: structuredClone(after),
    ...(survey.plan && { plan: survey.plan }),
    ...(moment.stage !== undefined && stage && { stage }),
    ...(failing && { failure: { outcome: failing.outcome, reasons: failing.reasons } }),
  }
  deps.runs.start({ operation: operation.id, ...moment, name }, timeoutMs, (signal) =>
    run({ ...context, signal }),
  )
  return after
}

/** The operation with what can never be known about its hooks as failed, on record before anything else is done. */
export async function recordLost<Manifest>(
  scene: HookScene<Manifest>,
  operation: Operation,
): Promise<Operation> {
  const runs = operation.hooks ?? []
  const hooks = judgeLost(runs, (run) => scene.deps.runs.knows(operation.id, run), scene.deps.clock.now())
  if (hooks === runs) return operation
  const after = { ...operation, hooks }
  await recordOperation(scene, after, {}, scene.call.signal)
  for (const [at, run] of hooks.entries()) if (run !== runs[at]) tellHook(scene, after, run)
  return after
}
