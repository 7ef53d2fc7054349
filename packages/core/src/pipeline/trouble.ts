import type { HealthState } from '../model/resource.ts'

/** What one pass found that trouble is judged by. */
export interface TroubleInput {
  /** Since when the application is in trouble, as recorded. */
  readonly since: number | undefined
  /** When an earlier pass of this process first saw what may be trouble. */
  readonly seenAt: number | undefined
  readonly now: number
  readonly health: HealthState
  /** An operation ended failed or timed-out. */
  readonly hasFailed: boolean
  /** As desired, healthy, and with nothing left to do. */
  readonly isWell: boolean
}

/** Whether an application is in trouble. All times in milliseconds since the epoch. */
export interface Trouble {
  readonly since?: number
  readonly seenAt?: number
  /** It was in trouble and is not any more: how long it took. */
  readonly recoveredMs?: number
}

/**
 * Trouble begins with bad health, or with an operation that ends failed or timed-out, whichever was seen first, and ends
 * when the application is as desired and healthy. Bad health alone counts when it has lasted a minute: what is back sooner
 * needed nobody. A commit that was refused before anything was written is no trouble of what runs. What is measured is
 * DORA's failed deployment recovery time (https://dora.dev/guides/dora-metrics/), and outages without a deployment. Pure.
 */
export function trouble({ since, seenAt, now, health, hasFailed, isWell }: TroubleInput): Trouble {
  if (isWell) return since === undefined ? {} : { recoveredMs: Math.max(0, now - since) }
  const seen = seenAt ?? (hasFailed || health === 'degraded' ? now : undefined)
  const counts = seen !== undefined && (hasFailed || now - seen >= patienceMs)
  const began = since ?? (counts ? seen : undefined)
  return { ...(seen !== undefined && { seenAt: seen }), ...(began !== undefined && { since: began }) }
}

const patienceMs = 60_000
