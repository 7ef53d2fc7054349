import { summariseError } from '../errors/classify.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { PassReport } from '../pass/pass-report.ts'
import type { Decision } from '../pipeline/decide.ts'

/** Tells how a pass ended, and whether the application's health is another than after the last one. */
export function tellPass(
  bus: EventBus,
  of: { readonly application: string; readonly pass: string },
  before: PassReport | undefined,
  report: PassReport,
  { outcome, afterMs }: Decision,
): void {
  const { health, unhealthy, rendered, resources, changed, error } = report
  const from = before?.health ?? 'unknown'
  if (from !== health) bus.emit('health.changed', { ...of, from, to: health, unhealthy })
  bus.emit('pass.finished', {
    ...of,
    outcome,
    rendered,
    resources,
    changed,
    nextPassMs: afterMs,
    ...(error && { error: summariseError(error) }),
  })
}
