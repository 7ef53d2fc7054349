import type { Garbage } from './garbage.ts'
import type { StoreScope } from './object-names.ts'
import type { Secrets } from './secrets.ts'
import type { StoreLimits } from './store-limits.ts'

/** What the work of one store shares. */
export interface StoreParts {
  readonly scope: StoreScope
  readonly secrets: Secrets
  readonly garbage: Garbage
  readonly limits: StoreLimits
  readonly historyEntries: number
  /** Set by the first opening: from then on an installation that is not there has been lost. */
  readonly known: { installation?: string }
}
