import { expect, test } from 'vitest'
import type { Runner, RunningTest } from '../../src/testing/index.ts'

/** An adapter with one fault, and the facts that must notice it: these and no others. */
export interface Broken<Harness> {
  readonly name: string
  readonly breaks: (harness: Harness) => Harness
  readonly fails: readonly string[]
}

/** What is proven of one suite. */
export interface Proof<Harness> {
  readonly make: () => Promise<Harness>
  readonly suite: (runner: Runner, make: () => Promise<Harness>) => void
  readonly broken: readonly Broken<Harness>[]
  /** Facts that the correct adapter has no use for; proven elsewhere. Default none. */
  readonly skips?: readonly string[]
}

/** Proves that every fact of a suite passes with the correct adapter and can fail with a broken one. */
export function proveSuite<Harness>({ make, suite, broken, skips = [] }: Proof<Harness>): void {
  test('every fact passes with the correct adapter, and none is skipped but those proven elsewhere', async () => {
    const { failed, skipped } = await outcomeOf((runner) => suite(runner, make))
    expect({ failed, skipped }).toEqual({ failed: [], skipped: skips })
  })

  test.for(broken)('$name', async ({ breaks, fails }) => {
    const { failed } = await outcomeOf((runner) => suite(runner, async () => breaks(await make())))
    expect(failed.toSorted()).toEqual(fails.toSorted())
  })

  test('every fact is failed by at least one broken adapter', async () => {
    const { names } = await outcomeOf((runner) => suite(runner, make))
    const failing = new Set(broken.flatMap(({ fails }) => fails))
    expect(names.filter((name) => !failing.has(name) && !skips.includes(name))).toEqual([])
    expect(new Set(names).size).toBe(names.length)
  })
}

interface Outcome {
  readonly names: readonly string[]
  readonly failed: readonly string[]
  readonly skipped: readonly string[]
}

/** Registers a suite with a runner that collects, and runs what was collected. */
export async function outcomeOf(register: (runner: Runner) => void): Promise<Outcome> {
  const collected: [name: string, run: (running: RunningTest) => Promise<void>][] = []
  register({ describe: (_name, define) => define(), test: (name, run) => collected.push([name, run]) })
  const failed: string[] = []
  const skipped: string[] = []
  await Promise.all(
    collected.map(([name, run]) => run({ skip: () => skipped.push(name) }).catch(() => failed.push(name))),
  )
  return { names: collected.map(([name]) => name), failed, skipped }
}
