import { globSync } from 'node:fs'
import { delimiter, dirname } from 'node:path'
import { root } from '../workspace/packages.ts'
import { parts } from './catalog.ts'
import { find, obtain } from './obtain.ts'
import type { Part } from './part.ts'
import { reach } from './reach.ts'
import { selection } from './selection.ts'

/** Test files that are not run because of a part. */
export interface LeftOut {
  readonly title: string
  readonly reason: string
  /** Whether that makes the test run fail: the machine could have the part, and making it went wrong. */
  readonly failed: boolean
  /** Relative to the root. */
  readonly files: readonly string[]
}

/** What a test run has to know of the parts. */
export interface PartsForTests {
  readonly leftOut: readonly LeftOut[]
  /** The PATH tests run with: the machine's, behind what had to be fetched. */
  readonly path: string
}

/**
 * Obtains the parts that the selected tests need, before the first of them runs: a cold build takes minutes, which no
 * test's time limit allows for. Which tests those are, their imports say.
 */
export async function partsForTests(argv: readonly string[]): Promise<PartsForTests> {
  const files = globSync('{packages/*/test,examples,tools,test}/**/*.test.ts', { cwd: root })
    .filter((file) => !/(^|\/)(node_modules|dist)\//.test(file))
    .sort()
  const reachedFrom = reach()
  const isSelected = selection(argv)
  const leftOut: LeftOut[] = []
  let path = process.env.PATH ?? ''
  for (const part of parts) {
    const modules = [`tools/parts/${part.name}.ts`, ...(part.usedBy ?? [])]
    const needing = files.filter((file) => modules.some((module) => reachedFrom(file).has(module)))
    // What is not selected costs nothing now. If it is selected in a way we cannot see, the test makes the part itself.
    const isNeeded = needing.some(isSelected)
    const obtained = isNeeded ? await obtain(part) : find(part)
    if (obtained?.state === 'here') path = pathWith(part, obtained, path)
    if (obtained === undefined || obtained.state === 'here' || !isNeeded) continue
    const { state, reason } = obtained
    // At once, besides the report at the end: a run of which nothing is left has no end to speak of.
    process.stderr.write(`${part.name}: ${state}, tests that need it are left out: ${reason}\n`)
    leftOut.push({ title: part.title, reason, failed: state === 'failed', files: needing })
  }
  return { leftOut, path }
}

function pathWith(
  part: Part,
  { paths, from }: { readonly paths: Readonly<Record<string, string>>; readonly from: string },
  path: string,
): string {
  if (part.onPath !== true || from === 'PATH') return path
  return [...new Set(Object.values(paths).map((executable) => dirname(executable))), path].join(delimiter)
}
