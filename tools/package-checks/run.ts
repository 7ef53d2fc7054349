import { execFile } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../workspace/packages.ts'

/** How a command is run; by default in the root of the workspace. */
export interface RunOptions {
  readonly cwd?: string
}

const bins = join(root, 'tools/node_modules/.bin')
const execute = promisify(execFile)

/** Runs a command and gives what it printed. One that fails throws with all of its output. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  try {
    const { stdout } = await execute(command, args, {
      cwd: options.cwd ?? root,
      // Last on PATH: this folder also holds the old Node of the smoke test.
      env: { ...process.env, PATH: [process.env.PATH, bins].join(delimiter), NO_COLOR: '1' },
      maxBuffer: 64 * 1024 * 1024,
      timeout: 300_000,
    })
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${[command, ...args].join(' ')} failed:\n${stdout}${stderr}`, { cause: error })
  }
}
