import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../workspace/packages.ts'

const execute = promisify(execFile)
const timeoutMs = 60_000

/** The demo has a command of its own, and its output is meant to be seen. */
const shownElsewhere = ['demo']

const names = readdirSync(join(root, 'examples')).filter(
  (name) => existsSync(join(root, 'examples', name, 'main.ts')) && !shownElsewhere.includes(name),
)

/** Runs one example and prints a line; one that fails or hangs prints all it said. */
async function runExample(name: string): Promise<boolean> {
  const start = performance.now()
  const report = (verdict: string) => {
    console.log(`${verdict} ${name} ${((performance.now() - start) / 1000).toFixed(1)} s`)
  }
  try {
    await execute(
      process.execPath,
      ['--conditions=@mooring/source', join(root, 'examples', name, 'main.ts')],
      {
        cwd: root,
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
      },
    )
    report('ok    ')
    return true
  } catch (error) {
    const {
      stdout = '',
      stderr = '',
      killed,
    } = error as { stdout?: string; stderr?: string; killed?: boolean }
    report('failed')
    console.log(`${stdout}${stderr}${killed === true ? `Ended after ${timeoutMs / 1000} s.` : ''}`)
    return false
  }
}

const results = await Promise.all(names.map(runExample))
process.exitCode = results.every((passed) => passed) ? 0 : 1
