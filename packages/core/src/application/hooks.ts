import type { HookPhase } from '../model/hook.ts'
import type { Operation, OperationOutcome } from '../model/operation.ts'
import type { Plan } from '../model/plan.ts'
import type { ResourceKey } from '../model/resource.ts'

/** What a hook gets to know. All of it is data; changing it changes nothing. */
export interface HookContext {
  readonly application: string
  readonly phase: HookPhase
  /** The operation the hook runs for: id, revision, actor. */
  readonly operation: Operation
  /** The plan as it was when the hook started. Absent in `onFailure` where none could be made. */
  readonly plan?: Plan
  /** In `afterStage`: the stage that is applied and healthy, counted from 0 in each operation, and what was written in it. */
  readonly stage?: { readonly number: number; readonly keys: readonly ResourceKey[] }
  /** In `onFailure`: how the operation ends, and why. */
  readonly failure?: { readonly outcome: OperationOutcome; readonly reasons: readonly string[] }
  /** Aborted when the hook's time is up, its operation is over, or the engine gives up what still runs. */
  readonly signal: AbortSignal
}

/** A function of yours that runs once per operation, off the engine's workers. */
export interface Hook {
  /** What records, events and errors call it: 1 to 63 letters, digits, `.`, `_` and `-`, another for each hook of a phase. */
  readonly name: string
  /** Awaited. Throwing, or rejecting, fails the hook. Named in `HOOK_FAILED` with what was thrown. */
  readonly run: (context: HookContext) => unknown
  /**
   * Default false: a hook whose outcome was lost in a crash fails the operation with `HOOK_OUTCOME_UNKNOWN`, and after a
   * failure the same desired state is not tried again until somebody asks. True: it may run again.
   */
  readonly idempotent?: boolean
  /** Default 300000. A hook that takes longer is told by its signal to end and fails with `HOOK_TIMEOUT`. */
  readonly timeoutMs?: number
}

/** What runs around the operations of an application. Several of one phase run one after the other, in this order. */
export interface Hooks {
  /** Before the first write. Failing, it fails the operation with nothing written. */
  readonly beforeSync?: Hook | readonly Hook[]
  /** After each stage that is applied and healthy: the next stage waits for it, and failing, it stops the operation there. */
  readonly afterStage?: Hook | readonly Hook[]
  /** When all is applied and healthy. Failing, it fails the operation; what was applied stays. */
  readonly afterSync?: Hook | readonly Hook[]
  /** When the operation is about to end failed or timed-out. Failing, it adds a reason. */
  readonly onFailure?: Hook | readonly Hook[]
}

/** The hooks of one phase as a list. */
export const hooksOf = (hooks: Hooks | undefined, phase: HookPhase): readonly Hook[] => {
  const given = hooks?.[phase]
  return given === undefined ? [] : isList(given) ? given : [given]
}

const isList = (given: Hook | readonly Hook[]): given is readonly Hook[] => Array.isArray(given)

/** How long a hook may take unless it says otherwise. */
export const defaultHookTimeoutMs = 300_000

/** What is wrong with the hooks of a definition, or undefined. */
export function problemWithHooks(hooks: Hooks | undefined): string | undefined {
  if (hooks === undefined) return undefined
  if (typeof hooks !== 'object' || hooks === null) return 'expected hooks to be an object'
  for (const phase of Object.keys(hooks)) {
    if (!phases.includes(phase as HookPhase))
      return `hooks has no phase ${phase}, expected ${phases.join(', ')}`
    const names = new Set<string>()
    for (const hook of hooksOf(hooks, phase as HookPhase)) {
      const problem = problemWithHook(hook)
      if (problem !== undefined) return `expected each hook of hooks.${phase} to have ${problem}`
      if (names.has(hook.name)) return `hooks.${phase} has two hooks named ${hook.name}`
      names.add(hook.name)
    }
  }
  return undefined
}

function problemWithHook(hook: Partial<Hook> | undefined | null): string | undefined {
  const { name, run, idempotent, timeoutMs } = hook ?? {}
  if (typeof name !== 'string' || !/^[A-Za-z0-9._-]{1,63}$/.test(name))
    return 'a name of 1 to 63 letters, digits, dots, dashes and underscores'
  if (typeof run !== 'function') return `a function run (${name})`
  if (idempotent !== undefined && typeof idempotent !== 'boolean') return `idempotent true or false (${name})`
  if (timeoutMs !== undefined && !(Number.isFinite(timeoutMs) && timeoutMs >= 1))
    return `timeoutMs in milliseconds from 1 (${name})`
  return undefined
}

const phases: readonly HookPhase[] = ['beforeSync', 'afterStage', 'afterSync', 'onFailure']
