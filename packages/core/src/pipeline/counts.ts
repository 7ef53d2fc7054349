import type { PlannedChange } from '../model/change.ts'
import type { ChangeCounts } from '../model/counts.ts'

/** One more change of its kind. */
export function countChange(counts: ChangeCounts, change: PlannedChange): ChangeCounts {
  switch (change.action) {
    case 'create':
      return { ...counts, created: counts.created + 1 }
    case 'update':
      return { ...counts, updated: counts.updated + 1 }
    case 'delete':
      return { ...counts, deleted: counts.deleted + 1 }
    case 'replace':
      return { ...counts, replaced: counts.replaced + 1 }
    case 'release':
      return { ...counts, released: counts.released + 1 }
    default:
      return change.action satisfies never
  }
}

/** `2 created, 1 updated`, leaving out what did not happen; `nothing to do` where nothing did. */
export function describeCounts(counts: ChangeCounts): string {
  const parts = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`)
  return parts.length === 0 ? 'nothing to do' : parts.join(', ')
}
