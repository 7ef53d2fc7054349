import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import type { SshEnd } from './ssh-failure.ts'

/** A running `ssh`, with a command of Git at its far end. */
export interface SshLine {
  readonly protocol: 2 | undefined
  /** The next bytes; undefined when there are no more. */
  readonly next: () => Promise<Buffer | undefined>
  /** Gives back bytes that belong to what comes next. */
  readonly unread: (bytes: Buffer) => void
  readonly write: (bytes: Uint8Array) => void
  /** How it ended. Waits until it has. Throws what starting it did. */
  readonly end: () => Promise<SshEnd>
  readonly isOpen: () => boolean
  /** Ends it at once. */
  readonly kill: () => void
}

const maxComplaint = 8192
/** Nothing of this process' environment: it may hold secrets, and settings that change what ssh does. */
const environment = { LC_ALL: 'C', PATH: '/usr/bin:/bin' }

/** Starts `ssh`. Whether that worked shows at the first read. */
export function sshLine(command: string, args: readonly string[], protocol: 2 | undefined): SshLine {
  const ssh = spawn(command, args, {
    env: environment,
    stdio: 'pipe',
    windowsHide: true,
    detached: hasGroups,
  })
  const ended = endOf(ssh)
  const chunks = ssh.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let before: Buffer | undefined
  // What cannot be written shows as an end that comes too early.
  ssh.stdin.on('error', () => undefined)
  ended.catch(() => undefined)
  return {
    protocol,
    next: async () => {
      const kept = before
      before = undefined
      if (kept !== undefined) return kept
      try {
        const { value, done } = await chunks.next()
        return done === true ? undefined : value
      } catch {
        return undefined
      }
    },
    unread: (bytes) => {
      if (bytes.length > 0) before = bytes
    },
    write: (bytes) => void ssh.stdin.write(bytes),
    end: () => ended,
    isOpen: () => ssh.exitCode === null && ssh.signalCode === null && !ssh.stdout.readableEnded,
    kill: () => {
      killAll(ssh)
      // What it started may have left the group, and then still holds these: nobody waits for that.
      ssh.stdin.destroy()
      ssh.stdout.destroy()
      ssh.stderr.destroy()
    },
  }
}

/** A program given as `ssh.command` may start others, which end with it when they are a group of their own. */
const hasGroups = process.platform !== 'win32'

function killAll(ssh: ChildProcessWithoutNullStreams): void {
  if (ssh.exitCode !== null || ssh.signalCode !== null || ssh.pid === undefined || !hasGroups) {
    ssh.kill('SIGKILL')
    return
  }
  try {
    process.kill(-ssh.pid, 'SIGKILL')
  } catch {
    ssh.kill('SIGKILL')
  }
}

function endOf(ssh: ChildProcessWithoutNullStreams): Promise<SshEnd> {
  let complaint = ''
  ssh.stderr.on('data', (chunk: Buffer) => {
    if (complaint.length < maxComplaint) complaint += chunk.toString('utf8')
  })
  return new Promise((resolve, reject) => {
    ssh.once('error', reject)
    ssh.once('close', (code) => resolve({ code: code ?? undefined, complaint }))
  })
}
