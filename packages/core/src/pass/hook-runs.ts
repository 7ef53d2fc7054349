import { bounded } from '../adapters/bounded.ts'
import { classify, summariseError } from '../errors/classify.ts'
import { isMooringError, MooringError } from '../errors/mooring-error.ts'
import type { HookPhase, HookRun } from '../model/hook.ts'
import type { Clock } from '../ports/clock.ts'

/** Which hook of which operation. */
export interface HookName {
  readonly operation: string
  readonly phase: HookPhase
  readonly stage?: number
  readonly name: string
}

/** How a function ended. */
export type HookEnd = HookName & Required<Pick<HookRun, 'state' | 'endedAt'>> & Pick<HookRun, 'error'>

/**
 * The functions of one application that run now, beside its passes: no worker waits for them. How one ended is kept here
 * until it is on record.
 */
export interface HookRuns {
  /** False once the engine stops: nothing begins any more. */
  readonly mayStart: () => boolean
  readonly start: (name: HookName, timeoutMs: number, run: (signal: AbortSignal) => unknown) => void
  /** Whether it runs, or has ended and that is not on record yet. */
  readonly knows: (operation: string, run: HookRun) => boolean
  /** A function of another operation that runs still, in words: two operations never run hooks at once. */
  readonly beside: (operation: string) => string | undefined
  readonly ends: () => readonly HookEnd[]
  /** These are on record, or nobody asks for them any more. */
  readonly forget: (ends: readonly HookEnd[]) => void
  /** Tells those to end that fit. Each counts as running until it has, or its time is up. */
  readonly abort: (fits: (name: HookName) => boolean, reason: unknown) => void
  /** Resolves when none runs. */
  readonly settled: () => Promise<void>
}

/** What runs need from the engine. */
export interface HookRunsDeps {
  readonly application: string
  readonly clock: Clock
  /** Aborted when the engine gives up what still runs. */
  readonly signal: AbortSignal
  readonly mayStart: () => boolean
  /** One has ended; the promise resolves when that is on record, or could not be. */
  readonly onEnd: () => Promise<void>
}

interface Running {
  readonly name: HookName
  readonly startedAt: number
  readonly abort: (reason: unknown) => void
  readonly settled: Promise<void>
}

/** The runs of one application. */
export function hookRuns(deps: HookRunsDeps): HookRuns {
  const running = new Map<string, Running>()
  const ended = new Map<string, HookEnd>()

  const start: HookRuns['start'] = (name, timeoutMs, run) => {
    const told = new AbortController()
    const ending = AbortSignal.any([told.signal, deps.signal])
    const settled = endOf(name, timeoutMs, ending, run, deps).then(async (end) => {
      running.delete(idOf(name))
      ended.set(idOf(name), end)
      await deps.onEnd()
    })
    running.set(idOf(name), {
      name,
      startedAt: deps.clock.now(),
      abort: (reason) => told.abort(reason),
      settled,
    })
  }
  const knows: HookRuns['knows'] = (operation, run) => {
    const id = idOf({ ...run, operation })
    return running.has(id) || ended.has(id)
  }
  return {
    mayStart: deps.mayStart,
    start,
    knows,
    beside: (operation) => {
      const other = [...running.values()].find(({ name }) => name.operation !== operation)
      if (other === undefined) return undefined
      const since = new Date(other.startedAt).toISOString()
      return `hook ${other.name.name} (${other.name.phase}) of an earlier operation, which runs since ${since}, has not ended`
    },
    ends: () => [...ended.values()],
    forget: (ends) => {
      for (const end of ends) ended.delete(idOf(end))
    },
    abort: (fits, reason) => {
      for (const { name, abort } of running.values()) if (fits(name)) abort(reason)
    },
    settled: async () => {
      while (running.size > 0) await Promise.all([...running.values()].map(({ settled }) => settled))
    },
  }
}

const idOf = ({ operation, phase, stage, name }: HookName): string =>
  `${operation} ${phase} ${stage ?? ''} ${name}`

/** Runs a function to its end or its timeout, whatever it does, and says which it was. Never rejects. */
async function endOf(
  { operation, phase, stage, name }: HookName,
  timeoutMs: number,
  ending: AbortSignal,
  run: (signal: AbortSignal) => unknown,
  { application, clock }: HookRunsDeps,
): Promise<HookEnd> {
  const which = { operation, phase, name, ...(stage !== undefined && { stage }) }
  const what = `Hook ${name} (${phase}) of ${application}`
  const never = new AbortController().signal
  const onTimeout = (): MooringError => timedOut(what, timeoutMs)
  const { result } = bounded({ clock, signal: never, timeoutMs, onTimeout }, async (late) =>
    run(AbortSignal.any([late, ending])),
  )
  try {
    await result
    return { ...which, state: 'finished', endedAt: clock.now() }
  } catch (thrown) {
    const isLate = isMooringError(thrown) && thrown.code === 'HOOK_TIMEOUT'
    if (ending.aborted && !isLate) return { ...which, state: 'aborted', endedAt: clock.now() }
    const error = isLate ? thrown : asHookFailure(thrown, what)
    return { ...which, state: 'failed', endedAt: clock.now(), error: summariseError(error) }
  }
}

const asHookFailure = (thrown: unknown, what: string): MooringError =>
  new MooringError({
    code: 'HOOK_FAILED',
    kind: 'permanent',
    message: classify(thrown, 'HOOK_FAILED', `${what} failed`).message,
    cause: thrown,
  })

const timedOut = (what: string, timeoutMs: number): MooringError =>
  new MooringError({
    code: 'HOOK_TIMEOUT',
    kind: 'permanent',
    message: `${what} did not end within ${timeoutMs} ms`,
    hint: 'Let it end when its signal is aborted, or give it more time with timeoutMs.',
  })
