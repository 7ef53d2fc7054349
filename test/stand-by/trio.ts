import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Assignment } from './agent.ts'

/** Three engines on one store, each a process with a wall clock of its own, and the log of what they do. */
export interface Trio {
  /** What happened so far: `write one`, `started two`, `superseded one`. */
  readonly lines: () => readonly string[]
  /** Who started last. */
  readonly leader: () => string
  /** Waits until this holds; fails when it does not in a time that is long for anything. */
  readonly until: (
    what: string,
    holds: (lines: readonly string[]) => boolean,
    withinMs?: number,
  ) => Promise<void>
  /** Whether it came to hold in this time. */
  readonly comes: (holds: (lines: readonly string[]) => boolean, withinMs: number) => Promise<boolean>
  readonly signal: (name: string, signal: NodeJS.Signals) => void
  readonly stop: () => Promise<void>
}

/** Starts them, one after the other. */
export async function trio(folder: string, store: Assignment['store'], ttlMs: number): Promise<Trio> {
  const log = join(folder, 'log')
  const live = join(folder, 'live')
  mkdirSync(live)
  writeFileSync(log, '')
  const children = new Map<string, ChildProcess>()
  const errors: Buffer[] = []
  const lines = (): readonly string[] => readFileSync(log, 'utf8').trimEnd().split('\n')
  const comes: Trio['comes'] = async (holds, withinMs) => {
    const endsAt = performance.now() + withinMs
    while (!holds(lines())) {
      if (performance.now() > endsAt) return false
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return true
  }
  const until: Trio['until'] = async (what, holds, withinMs = 30_000) => {
    if (await comes(holds, withinMs)) return
    const said = Buffer.concat(errors).toString().slice(-3_000)
    throw new Error(`Expected ${what} within ${withinMs} ms, found ${lines().slice(-20).join(', ')}\n${said}`)
  }
  for (const [name, clockOffMs] of Object.entries(clocks)) {
    const told: Assignment = { name, ttlMs, clockOffMs, store, live, log }
    const agent = join(import.meta.dirname, 'agent.ts')
    const child = spawn(
      process.execPath,
      ['--conditions=@mooring/source', '--no-warnings', agent, JSON.stringify(told)],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    child.stderr.on('data', (chunk: Buffer) => void errors.push(chunk))
    children.set(name, child)
    await until(`${name} to run or to stand by`, (all) => all.some((line) => line.endsWith(` ${name}`)))
  }
  return {
    lines,
    leader: () => nameIn(lines().findLast((line) => line.startsWith('started ')) ?? ''),
    until,
    comes,
    signal: (name, signal) => void children.get(name)?.kill(signal),
    stop: async () => {
      for (const child of children.values()) {
        if (child.exitCode !== null || child.signalCode !== null) continue
        const ended = new Promise((resolve) => child.once('exit', resolve))
        child.kill('SIGKILL')
        await ended
      }
    },
  }
}

const hourMs = 3_600_000
const clocks = { one: 0, two: 5 * hourMs, three: -7 * hourMs } as const

const nameIn = (line: string): string => line.slice(line.indexOf(' ') + 1)

/** Writes that began although another engine had taken the store by then: each line with the one that had it. */
export function strayWrites(lines: readonly string[]): readonly string[] {
  const stray: string[] = []
  let holder = ''
  for (const line of lines) {
    if (line.startsWith('started ')) holder = nameIn(line)
    if (line.startsWith('write ') && nameIn(line) !== holder)
      stray.push(`${line}, while ${holder} has the store`)
  }
  return stray
}
