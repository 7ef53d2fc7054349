import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** How each test ended that was run, by `file > name`. */
export type Outcomes = ReadonlyMap<string, 'passed' | 'failed'>

/** Runs the tests of some files whose names have one of these parts. A file that cannot be loaded gives no outcome. */
export function runTests(
  workspace: string,
  tests: readonly (readonly [file: string, name: string])[],
): Outcomes {
  const report = join(workspace, 'promises.json')
  rmSync(report, { force: true })
  const names = tests.map(([, name]) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
  const files = [...new Set(tests.map(([file]) => file))]
  const vitest = join(workspace, 'node_modules/vitest/vitest.mjs')
  const { stderr } = spawnSync(
    process.execPath,
    [vitest, 'run', ...files, '-t', names, '--reporter=json', `--outputFile=${report}`],
    { cwd: workspace, encoding: 'utf8', timeout: 120_000, killSignal: 'SIGKILL' },
  )
  const outcomes = new Map<string, 'passed' | 'failed'>()
  const { testResults } = readReport(report, stderr)
  for (const { name: file, assertionResults } of testResults)
    for (const { fullName, status } of assertionResults)
      if (status === 'passed' || status === 'failed')
        outcomes.set(`${file.slice(workspace.length + 1)} > ${fullName}`, status)
  return outcomes
}

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

function readReport(path: string, stderr: string): Report {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Report
  } catch (cause) {
    throw new Error(`The tests gave no report: ${stderr.slice(-2_000)}`, { cause })
  }
}
