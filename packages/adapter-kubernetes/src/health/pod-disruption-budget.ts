import type { Health } from '@mooring/core'
import { healthy } from './verdict.ts'

/** A budget is healthy once observed, as in kstatus: that it allows no disruption at the moment is what it is for. */
export const podDisruptionBudget = (): Health => healthy
