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
  /**
   * `installation` is set by the first opening: from then on one that is not there has been lost. `lease` is what this
   * process wrote last.
   */
  readonly known: { installation?: string; lease?: { readonly epoch: number; readonly text: string } }
}
