import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Watchdog } from './watchdog.ts'

/** One process of a control plane, which can be ended and started again with the same arguments. */
export interface Component {
  readonly name: string
  /** Starts it, if it does not run. Gives control back at once: it is not ready yet. */
  readonly start: () => void
  /** Asks it to end, and ends it by force if it still runs 5 seconds later. */
  readonly stop: () => Promise<void>
  /** Ends it as a power cut would (SIGKILL). */
  readonly kill: () => Promise<void>
  /** Halts it (SIGSTOP): connections stay open and nobody answers. */
  readonly pause: () => void
  readonly resume: () => void
  /** Its process id, or nothing while it does not run. */
  readonly pid: () => number | undefined
  /** How it ended, if it ended without being asked; its start clears that. */
  readonly ending: () => string | undefined
  /** The last lines it printed. Default 15 of them. */
  readonly tail: (lines?: number) => string
}

/** What to start. */
export interface ComponentOptions {
  readonly name: string
  readonly executable: string
  readonly args: readonly string[]
  /** Where its log goes, and its HOME. */
  readonly folder: string
  readonly watchdog: Watchdog
}

/** Makes a component; nothing runs before its `start`. */
export function component(options: ComponentOptions): Component {
  const log = join(options.folder, `${options.name}.log`)
  let running: ChildProcess | undefined
  let ended: Promise<void> = Promise.resolve()
  let ending: string | undefined

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const child = running
    if (child === undefined) return
    running = undefined
    // A halted process would not hear anything but SIGKILL.
    child.kill('SIGCONT')
    child.kill(signal)
    const force = setTimeout(() => child.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(force)
  }

  return {
    name: options.name,
    start: () => {
      if (running !== undefined) return
      ending = undefined
      const child = launch(options, log)
      running = child
      ended = new Promise((resolve) => {
        const settle = (how: string): void => {
          options.watchdog.remove(child.pid)
          if (running === child) {
            running = undefined
            ending = how
          }
          resolve()
        }
        child.once('error', (error) => settle(error.message))
        child.once('exit', (code, signal) => settle(signal ?? `exit code ${code}`))
      })
      options.watchdog.add(child.pid)
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    pause: () => void running?.kill('SIGSTOP'),
    resume: () => void running?.kill('SIGCONT'),
    pid: () => running?.pid,
    ending: () => ending,
    tail: (lines = 15) => readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n'),
  }
}

function launch({ executable, args, folder }: ComponentOptions, log: string): ChildProcess {
  // Straight into a file: a parent that is busy slows nobody down, and the log outlives a crash of either.
  const output = openSync(log, 'a')
  try {
    return spawn(executable, args, {
      stdio: ['ignore', output, output],
      // Nothing of the person's configuration counts. A group of its own: Ctrl-C reaches only the parent.
      env: { PATH: process.env.PATH, HOME: folder },
      detached: true,
    })
  } finally {
    closeSync(output)
  }
}
