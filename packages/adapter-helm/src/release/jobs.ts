import type { ApplyResult, Clock } from '@mooring/core'

/** Runs of Helm that go on for longer than a pass waits: one for each release at a time. */
export interface Jobs {
  /**
   * Starts a job, or tells what came of the one that was started for the same change. Waits for it a little; after that it
   * is `under-way`. An abort of the signal, while it waits, ends the job. `overtaken` aborts when the job has been
   * overtaken: what only waits may end then, what writes goes on.
   */
  readonly run: (
    key: string,
    change: string,
    signal: AbortSignal,
    start: (signal: AbortSignal, overtaken: AbortSignal) => Promise<ApplyResult>,
  ) => Promise<ApplyResult>
  /** Something else is desired of this key than what the job that runs is for: it need not wait any more. */
  readonly overtake: (key: string, change: string) => void
  readonly isRunning: (key: string) => boolean
  /** Ends all jobs and waits for their ends. */
  readonly stop: (reason: unknown) => Promise<void>
}

interface Job {
  readonly change: string
  readonly result: Promise<ApplyResult>
  readonly ended: Promise<void>
  readonly overtaken: AbortController
  isOver: boolean
}

/** No jobs yet. */
export function createJobs(clock: Clock, patienceMs: number): Jobs {
  const jobs = new Map<string, Job>()
  const all = new AbortController()

  const begin = (
    key: string,
    change: string,
    start: (signal: AbortSignal, overtaken: AbortSignal) => Promise<ApplyResult>,
    own: AbortController,
  ): Job => {
    const overtaken = new AbortController()
    const result = start(AbortSignal.any([own.signal, all.signal]), overtaken.signal)
    const ended = result.then(
      () => undefined,
      () => undefined,
    )
    const job: Job = { change, result, ended, overtaken, isOver: false }
    void ended.then(() => {
      job.isOver = true
    })
    jobs.set(key, job)
    return job
  }
  return {
    run: async (key, change, signal, start) => {
      const before = jobs.get(key)
      const own = new AbortController()
      const isSame = before !== undefined && before.change === change
      if (before !== undefined && !before.isOver && !isSame)
        return { outcome: 'under-way', ended: before.ended }
      const job = isSame ? before : begin(key, change, start, own)
      const onAbort = (): void => own.abort(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      const isOver = await within(clock, patienceMs, job.ended)
      signal.removeEventListener('abort', onAbort)
      if (!isOver) return { outcome: 'under-way', ended: job.ended }
      jobs.delete(key)
      return job.result
    },
    overtake: (key, change) => {
      const running = jobs.get(key)
      if (running !== undefined && running.change !== change) running.overtaken.abort()
    },
    isRunning: (key) => jobs.get(key)?.isOver === false,
    stop: async (reason) => {
      all.abort(reason)
      await Promise.all([...jobs.values()].map(({ ended }) => ended))
      jobs.clear()
    },
  }
}

/** Whether it ends within this time. */
function within(clock: Clock, ms: number, ended: Promise<void>): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.timer(ms, () => resolve(false))
    void ended.then(() => {
      cancel()
      resolve(true)
    })
  })
}
