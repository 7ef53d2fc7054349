import { type StoreLimits, storeLimits } from '../../src/store/store-limits.ts'

/** Limits at which everything is split from the first commits on. */
export const tinyLimits: StoreLimits = { ...storeLimits, headInventory: 400, headHistory: 900, chunk: 6000 }
