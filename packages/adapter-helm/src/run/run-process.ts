import { type ChildProcess, spawn } from 'node:child_process'
import type { Clock } from '@mooring/core'
import { watchMemory } from './watch-memory.ts'

/** One process to run: no shell, no input but what is given. */
export interface ProcessSpec {
  readonly path: string
  readonly args: readonly string[]
  /** The whole environment. Nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  readonly folder: string
  readonly input?: string
  readonly limits: ProcessLimits
  readonly clock: Clock
}

/** What one process may use. */
export interface ProcessLimits {
  readonly timeoutMs: number
  readonly memoryBytes: number
  readonly outputBytes: number
  /** How long after SIGTERM what still runs is killed. */
  readonly graceMs: number
}

/** What came of a process that ended by itself, or that was ended for what it used. */
export interface Ran {
  /** Undefined if a signal ended it. */
  readonly code: number | undefined
  readonly stdout: string
  /** At most its first and its last 32 KiB. */
  readonly stderr: string
  /** The limit it was ended for. */
  readonly exceeded?: Limit
}

/** A limit of {@link ProcessLimits}. */
export type Limit = 'time' | 'memory' | 'output'

const endBytes = 32_768

/**
 * Runs a process in a group of its own until it ends. At a limit, or when the signal aborts, the whole group gets SIGTERM,
 * by which Helm leaves a release that can go on, and SIGKILL after the grace time. Rejects with the signal's reason once
 * nothing runs any more, and with what `spawn` says when it cannot start.
 */
export function runProcess(spec: ProcessSpec, signal: AbortSignal): Promise<Ran> {
  signal.throwIfAborted()
  const { limits, clock } = spec
  return new Promise((resolve, reject) => {
    const child = spawn(spec.path, spec.args, {
      cwd: spec.folder,
      env: spec.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    })
    let exceeded: Limit | undefined
    const ending = ender(child, clock, limits.graceMs)
    const exceed = (limit: Limit): void => {
      exceeded ??= limit
      ending.end()
    }
    const cancelTimer = clock.timer(limits.timeoutMs, () => exceed('time'))
    const memory = watchMemory(child.pid, limits.memoryBytes, () => exceed('memory'))
    const stdout = collect(child.stdout, limits.outputBytes, () => exceed('output'))
    const stderr = collectEnds(child.stderr)
    const onAbort = (): void => ending.end()
    signal.addEventListener('abort', onAbort, { once: true })
    const leave = (): void => {
      signal.removeEventListener('abort', onAbort)
      cancelTimer()
      memory.stop()
      ending.ended()
    }
    child.once('error', (error) => {
      leave()
      reject(error)
    })
    child.once('close', (code) => {
      leave()
      if (signal.aborted) reject(signal.reason)
      else
        resolve({
          code: code ?? undefined,
          stdout: stdout(),
          stderr: stderr(),
          ...(exceeded && { exceeded }),
        })
    })
    // A process that ends before it has read everything is judged by how it ends.
    child.stdin.on('error', () => {})
    child.stdin.end(spec.input ?? '')
  })
}

/** Gives the text of a stream, of which no more than this is kept; told once when there is more. */
function collect(stream: NodeJS.ReadableStream, mostBytes: number, onMore: () => void): () => string {
  const chunks: Buffer[] = []
  let bytes = 0
  stream.on('data', (chunk: Buffer) => {
    const room = mostBytes - bytes
    if (room <= 0) return
    chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk)
    bytes += chunk.length
    if (bytes > mostBytes) onMore()
  })
  return () => Buffer.concat(chunks).toString('utf8')
}

/** Gives the beginning and the end of a stream: an error says first where it was and last what it was. */
function collectEnds(stream: NodeJS.ReadableStream): () => string {
  let [head, tail] = [Buffer.alloc(0), Buffer.alloc(0)]
  stream.on('data', (chunk: Buffer) => {
    const room = Math.max(endBytes - head.length, 0)
    if (room > 0) head = Buffer.concat([head, chunk.subarray(0, room)])
    if (chunk.length > room) tail = Buffer.concat([tail, chunk.subarray(room)]).subarray(-endBytes)
  })
  return () => `${head.toString('utf8')}${tail.toString('utf8')}`
}

/** SIGTERM to the group, and SIGKILL to what is left of it after a while. */
function ender(child: ChildProcess, clock: Clock, graceMs: number) {
  let cancel: (() => void) | undefined
  const send = (name: NodeJS.Signals): void => {
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, name)
    } catch {
      // The group has ended.
    }
  }
  return {
    end: (): void => {
      if (cancel !== undefined) return
      send('SIGTERM')
      cancel = clock.timer(graceMs, () => send('SIGKILL'))
    },
    ended: (): void => {
      cancel?.()
    },
  }
}
