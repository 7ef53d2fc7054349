import type { EventBus } from '../events/event-bus.ts'
import type { HookRun } from '../model/hook.ts'
import type { HookRuns } from './hook-runs.ts'
import type { Ledger } from './ledger.ts'

/**
 * Puts on record how functions ended, as soon as they have: what is only in memory is lost in a crash. Those of operations
 * that are over are forgotten. Not to be called while a pass runs.
 */
export async function recordHookEnds(
  application: string,
  runs: HookRuns,
  { ledger, bus }: { readonly ledger: Ledger; readonly bus: EventBus },
): Promise<void> {
  const ends = runs.ends()
  if (ends.length === 0) return
  // It has happened: recorded even while the engine stops.
  const { signal } = new AbortController()
  const { head } = await ledger.read(signal)
  const { operation } = head
  if (operation?.hooks === undefined) return runs.forget(ends)
  const told: HookRun[] = []
  const hooks = operation.hooks.map((run): HookRun => {
    const end = ends.find(
      (one) =>
        one.operation === operation.id &&
        one.phase === run.phase &&
        one.stage === run.stage &&
        run.of === undefined &&
        one.name === run.name,
    )
    if (end === undefined || run.state !== 'started') return run
    const { state, endedAt, error } = end
    const after = { ...run, state, endedAt, ...(error && { error }) }
    told.push(after)
    return after
  })
  if (told.length > 0) await ledger.commit({ head: { ...head, operation: { ...operation, hooks } } }, signal)
  runs.forget(ends)
  for (const hook of told) bus.emit('hook.finished', { application, operation: operation.id, hook })
}
