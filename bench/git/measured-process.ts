import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Step, StepAnswer } from './steps.ts'

/** A process that is told what to do, step by step. */
export interface MeasuredProcess extends AsyncDisposable {
  readonly step: (step: Step, path?: string) => Promise<StepAnswer>
}

/** Starts a program that follows steps. */
export async function startMeasured(program: string, url: string): Promise<MeasuredProcess> {
  const child = fork(program, [url], { execArgv: [] })
  return {
    step: (step, path) => ask(child, { step, path }) as Promise<StepAnswer>,
    [Symbol.asyncDispose]: () => stop(child),
  }
}

/** A Git server in a process of its own. */
export interface MeasuredServer extends AsyncDisposable {
  readonly url: string
  /** Requests and bytes since the beginning. */
  readonly counts: () => Promise<{ readonly requests: number; readonly bytes: number }>
}

/** Serves a folder, with a delay before every answer. */
export async function startServer(root: string, delayMs: number): Promise<MeasuredServer> {
  const child = fork(`${import.meta.dirname}/server.ts`, [root, String(delayMs)], {
    execArgv: ['--conditions=@mooring/source'],
  })
  const [{ url }] = (await once(child, 'message')) as [{ readonly url: string }]
  return {
    url,
    counts: () => ask(child, {}) as ReturnType<MeasuredServer['counts']>,
    [Symbol.asyncDispose]: () => stop(child),
  }
}

async function ask(child: ChildProcess, message: object): Promise<unknown> {
  const failed = new AbortController()
  const exited = once(child, 'exit', { signal: failed.signal }).then(() => {
    throw new Error('The measured process ended before it answered.')
  })
  exited.catch(() => undefined)
  child.send(message)
  try {
    const [answer] = (await Promise.race([once(child, 'message'), exited])) as unknown[]
    return answer
  } finally {
    failed.abort()
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exited = once(child, 'exit')
  child.disconnect()
  await exited
}
