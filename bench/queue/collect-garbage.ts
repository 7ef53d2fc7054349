import { setTimeout } from 'node:timers/promises'

/** Leaves the garbage of what ran before behind, and lets the threads finish that clean up after it. */
export async function collectGarbage(): Promise<void> {
  globalThis.gc?.()
  await setTimeout(settleMs)
}

const settleMs = 20
