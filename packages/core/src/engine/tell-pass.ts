import { summariseError } from '../errors/classify.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { PassReport } from '../pass/pass-report.ts'
import type { Decision } from '../pipeline/decide.ts'

/** Tells what a pass came to: the health it found, where that is another than before, and its end. */
export function tellPass(
  bus: EventBus,
  of: { readonly application: string; readonly pass: string },
  report: PassReport,
  { before, decision }: { readonly before: PassReport | undefined; readonly decision: Decision },
): void {
  const { health, unhealthy, rendered, resources, changed, error } = report
  const from = before?.health ?? 'unknown'
  if (from !== health) bus.emit('health.changed', { ...of, from, to: health, unhealthy })
  const { outcome, afterMs: nextPassMs } = decision
  const failed = error && { error: summariseError(error) }
  bus.emit('pass.finished', { ...of, outcome, rendered, resources, changed, nextPassMs, ...failed })
}
