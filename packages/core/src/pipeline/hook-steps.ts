import type { Hook } from '../application/hooks.ts'
import { summariseError } from '../errors/classify.ts'
import { MooringError } from '../errors/mooring-error.ts'
import type { HookPhase, HookRun } from '../model/hook.ts'
import type { DesiredRecord } from './desired-set.ts'

/** A hook that an operation has to run: a function, or a resource as it is desired. */
export type WantedHook =
  | { readonly kind: 'function'; readonly name: string; readonly hook: Hook }
  | { readonly kind: 'resource'; readonly name: string; readonly record: DesiredRecord }

/** What a phase needs next. */
export type HookStep =
  | { readonly kind: 'done' }
  | { readonly kind: 'start'; readonly hooks: readonly WantedHook[] }
  | { readonly kind: 'wait'; readonly runs: readonly HookRun[] }
  | { readonly kind: 'failed'; readonly runs: readonly HookRun[] }

/** Which phase, and for `afterStage` which stage. */
export interface HookMoment {
  readonly phase: HookPhase
  readonly stage?: number
}

/**
 * What comes next in a phase: its groups one after the other, the hooks of a group together. Nothing new is started once
 * one has failed. A function that was aborted, or lost, and may run again is started again. Pure.
 */
export function nextHooks(
  groups: readonly (readonly WantedHook[])[],
  runs: readonly HookRun[],
  moment: HookMoment,
  isRunning: (run: HookRun) => boolean,
): HookStep {
  for (const group of groups) {
    const found = group.map((wanted) => ({ wanted, run: runs.find((run) => isOf(run, wanted, moment)) }))
    const failed = found.flatMap(({ run }) => (run?.state === 'failed' ? [run] : []))
    if (failed.length > 0) return { kind: 'failed', runs: failed }
    const fresh = found.filter(({ run }) => run === undefined || isLost(run, isRunning))
    if (fresh.length > 0) return { kind: 'start', hooks: fresh.map(({ wanted }) => wanted) }
    const started = found.flatMap(({ run }) => (run !== undefined && run.state !== 'finished' ? [run] : []))
    if (started.length > 0) return { kind: 'wait', runs: started }
  }
  return { kind: 'done' }
}

/** Whether a recorded run is of this hook. */
const isOf = (run: HookRun, wanted: WantedHook, { phase, stage }: HookMoment): boolean =>
  run.phase === phase &&
  run.stage === stage &&
  (wanted.kind === 'resource'
    ? run.of === wanted.record.key
    : run.of === undefined && run.name === wanted.name)

/** A function that is on record as begun, and that nobody runs any more: its process is gone, or it was aborted. */
const isLost = (run: HookRun, isRunning: (run: HookRun) => boolean): boolean =>
  run.of === undefined && (run.state === 'started' || run.state === 'aborted') && !isRunning(run)

/** The runs with those whose outcome nobody will ever know as failed. The same list where there are none. Pure. */
export function judgeLost(
  runs: readonly HookRun[],
  isRunning: (run: HookRun) => boolean,
  now: number,
): readonly HookRun[] {
  const isUnknown = (run: HookRun): boolean => isLost(run, isRunning) && run.idempotent !== true
  if (!runs.some(isUnknown)) return runs
  return runs.map((run) => (isUnknown(run) ? asFailed(run, outcomeUnknown(run), now) : run))
}

/** The run as failed. */
export const asFailed = (run: HookRun, error: MooringError, now: number): HookRun => ({
  ...run,
  state: 'failed',
  endedAt: now,
  error: summariseError(error),
})

/** Nobody knows how far a hook came. */
export const outcomeUnknown = (run: HookRun): MooringError =>
  new MooringError({
    code: 'HOOK_OUTCOME_UNKNOWN',
    kind: 'permanent',
    message: `Expected to know how hook ${run.name} (${run.phase}) ended, but ${
      run.of !== undefined
        ? 'what it made is gone, or another one has taken its place'
        : run.state === 'aborted'
          ? 'it was aborted when the engine stopped'
          : 'the process that ran it ended before it'
    }`,
    hint: 'See what it has done, and ask for a sync: that is another operation, in which every hook runs again. Declare the hook idempotent if it may always run again.',
  })

/** Hooks that failed the operation: those of every phase but `onFailure`, which cannot. */
export const failedHooks = (runs: readonly HookRun[] = []): readonly HookRun[] =>
  runs.filter(({ phase, state }) => phase !== 'onFailure' && state === 'failed')

/**
 * Whether an operation with these hooks may be tried again without anybody asking: not where a hook that may run only once
 * has failed, or was cut short.
 */
export const mayRepeat = (runs: readonly HookRun[] = []): boolean =>
  runs.every(
    ({ phase, state, idempotent }) => phase === 'onFailure' || state === 'finished' || idempotent === true,
  )

/** Whether everything that ran before or after the writes of an operation has ended well. */
export const haveEndedWell = (runs: readonly HookRun[] = []): boolean =>
  runs.every(({ phase, state }) => phase === 'onFailure' || state === 'finished')

/** A hook in words, for reasons: what it is, and why it failed. */
export function describeRun({ phase, name, stage, state, error }: HookRun): string {
  const which = `hook ${name} (${phase}${stage === undefined ? '' : ` ${stage}`})`
  if (state === 'failed') return `${error?.code ?? 'HOOK_FAILED'}: ${error?.message ?? `${which} failed`}`
  return state === 'aborted' ? `${which} was aborted` : `${which} is running`
}
