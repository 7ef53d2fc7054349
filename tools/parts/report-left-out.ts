import type { TestProject } from 'vitest/node'
import type { LeftOut } from './parts-for-tests.ts'

declare module 'vitest' {
  interface ProvidedContext {
    readonly leftOut: readonly LeftOut[]
  }
}

let leftOut: readonly LeftOut[] = []

/** Learns from the configuration what was left out. */
export function setup({ config }: TestProject): void {
  leftOut = config.provide.leftOut ?? []
}

/** Names and counts, at the end of a test run, what was left out. Throws if something should not have been. */
export function teardown(): void {
  for (const [files, parts] of Map.groupBy(leftOut, ({ files }) => files.join(', '))) {
    const failed = parts.some((part) => part.failed)
    const count = parts[0]?.files.length ?? 0
    const reasons = parts.map(({ title, reason }) => `  ${title}: ${reason}`)
    console.log(
      `\n${failed ? 'NOT RUN' : 'Skipped'}: ${count === 1 ? '1 test file' : `${count} test files`}, because this machine lacks\n` +
        `${reasons.join('\n')}\nThey are: ${files}`,
    )
  }
  const failures = leftOut.filter(({ failed }) => failed)
  if (failures.length > 0)
    throw new Error(`${failures.map(({ title }) => title).join(', ')} could not be made, and tests need it.`)
}
