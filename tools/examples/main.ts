import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../workspace/packages.ts'
import { surroundingsOf } from './surroundings.ts'

const execute = promisify(execFile)
const timeoutMs = 60_000

/** The demos have commands of their own, and their output is meant to be seen. */
const shownElsewhere = ['demo', 'demo-kubernetes']

const names = readdirSync(join(root, 'examples')).filter(
  (name) => existsSync(join(root, 'examples', name, 'main.ts')) && !shownElsewhere.includes(name),
)

/** Runs one example and prints a line; one that fails or hangs prints all it said. One that lacks a part is left out. */
async function runExample(name: string): Promise<boolean> {
  const around = await surroundingsOf(name)
  if ('reason' in around) {
    console.log(`${around.failed ? 'failed' : 'left out'} ${name}: ${around.reason}`)
    return !around.failed
  }
  const start = performance.now()
  const report = (verdict: string) => {
    console.log(`${verdict} ${name} ${((performance.now() - start) / 1000).toFixed(1)} s`)
  }
  const main = join(root, 'examples', name, 'main.ts')
  try {
    await execute(process.execPath, ['--conditions=@mooring/source', main, ...around.args], {
      cwd: root,
      env: { ...process.env, ...around.env },
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    })
    report('ok    ')
    return true
  } catch (error) {
    const { stdout = '', stderr = '', killed } = error as Ended
    report('failed')
    console.log(`${stdout}${stderr}${killed === true ? `Ended after ${timeoutMs / 1000} s.` : ''}`)
    return false
  } finally {
    await around[Symbol.asyncDispose]()
  }
}

interface Ended {
  readonly stdout?: string
  readonly stderr?: string
  readonly killed?: boolean
}

const results = await Promise.all(names.map(runExample))
process.exitCode = results.every((passed) => passed) ? 0 : 1
