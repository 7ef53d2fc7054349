import { spawnSync } from 'node:child_process'

/** Something real that tests use and that the project does not bring along. */
export interface Part {
  readonly name: string
  /** Started without input, it says something of its own where it is there. */
  readonly probe: readonly [command: string, ...args: string[]]
  /** Test files that cannot run without it. */
  readonly tests: readonly string[]
}

/** Every part, with what depends on it. */
const parts: readonly Part[] = [
  {
    name: 'git, with its HTTP server',
    probe: ['git', 'http-backend'],
    tests: [
      'packages/source-git/test/{contract,failures,lifecycle,local,remote,snapshot}.test.ts',
      'test/end-to-end/*.test.ts',
    ],
  },
]

/** The parts this machine does not have. */
export const missingParts: readonly Part[] = parts.filter(
  ({ probe: [command, ...args] }) => !answers(command, args),
)

function answers(command: string, args: readonly string[]): boolean {
  const { error, stderr } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  return error === undefined && !stderr.includes('is not a git command')
}
