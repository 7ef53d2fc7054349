import { globSync } from 'node:fs'
import { missingParts } from './parts.ts'

/** Names and counts, at the end of a test run, what was left out because a part is missing. */
export function teardown(): void {
  for (const { name, tests } of missingParts) {
    const files = tests.flatMap((pattern) => globSync(pattern))
    console.log(
      `\nSkipped ${files.length} test files, because this machine has no ${name}: ${files.join(', ')}`,
    )
  }
}
