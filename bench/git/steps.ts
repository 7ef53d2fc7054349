import { readFileSync } from 'node:fs'

/** What a measured process does when it is told to, and says it has done. */
export interface Steps {
  /** The newest revision and every file of one folder; the empty path is everything. */
  readonly look: (path: string) => Promise<number>
  /** Asks for news when there is none. */
  readonly poll: () => Promise<number>
  /** Asks for news when there is some, and reads three files that changed. */
  readonly news: () => Promise<number>
  /** Cleans up. */
  readonly end?: () => Promise<void>
}

/** What can be asked for. */
export type Step = 'look' | 'poll' | 'news'

/** A step and how it went. */
export interface StepAnswer {
  readonly ms: number
  readonly files: number
  readonly peakMb: number
}

/** Does what the parent process asks for, and measures it. */
export function follow(steps: Steps): void {
  process.on('message', ({ step, path = '' }: { readonly step: Step; readonly path?: string }) => {
    const start = performance.now()
    const work = step === 'look' ? steps.look(path) : steps[step]()
    work.then(
      (files) => {
        process.send?.({ ms: performance.now() - start, files, peakMb: peakMb() } satisfies StepAnswer)
      },
      (thrown: unknown) => {
        console.error(thrown)
        process.exit(1)
      },
    )
  })
  process.on('disconnect', () => {
    const leave = (): void => process.exit()
    Promise.resolve(steps.end?.()).then(leave, leave)
  })
}

/** Linux counts to `maxRSS` what the parent had when it started the child, so it is asked for the child's own. */
function peakMb(): number {
  try {
    const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    return Number(kilobytes) / 1024
  } catch {
    return process.resourceUsage().maxRSS / 1024
  }
}

/** Files that every commit of the benchmark changes. */
export const changedFiles: readonly string[] = [0, 1, 2].map((at) => `apps/app-${at}/file-${at}.yaml`)
