import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Command, Setting, Usage } from './engine-process.ts'

/** Our engine in a process of its own. Disposing it stops both. */
export interface OurEngine extends AsyncDisposable {
  readonly start: (setting: Setting) => Promise<void>
  readonly sync: () => Promise<void>
  readonly refresh: () => Promise<void>
  readonly hurry: (everyMs: number) => Promise<void>
  readonly usage: () => Promise<Usage>
}

/** Starts the process, with everything loaded; the engine begins with `start`. */
export async function ourEngine(): Promise<OurEngine> {
  const child = fork(join(import.meta.dirname, 'engine-process.ts'))
  await once(child, 'spawn')
  const ask = async (command: Command): Promise<Usage | undefined> => {
    const ended = new AbortController()
    const exit = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
      throw new Error(`The engine's process ended with exit code ${code}`)
    })
    exit.catch(() => undefined)
    child.send(command)
    const [answer] = (await Promise.race([once(child, 'message'), exit])) as [Answer]
    ended.abort()
    if (!answer.ok) throw new Error(answer.message)
    return answer.usage
  }
  const usage = async (): Promise<Usage> => {
    const found = await ask({ do: 'usage' })
    if (found === undefined) throw new Error('The engine’s process did not tell what it uses')
    return found
  }
  await usage()
  return {
    usage,
    start: async (setting) => void (await ask({ do: 'start', ...setting })),
    sync: async () => void (await ask({ do: 'sync' })),
    refresh: async () => void (await ask({ do: 'refresh' })),
    hurry: async (everyMs) => void (await ask({ do: 'hurry', everyMs })),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null) return
      const exit = once(child, 'exit')
      await ask({ do: 'stop' }).catch(() => child.kill())
      await exit
    },
  }
}

type Answer = { readonly ok: true; readonly usage?: Usage } | { readonly ok: false; readonly message: string }

/** What was used between two moments. */
export function usedSince(before: Usage, after: Usage): Usage {
  const requests = Object.entries(after.requests)
    .map(([verb, count]) => [verb, count - (before.requests[verb] ?? 0)] as const)
    .filter(([, count]) => count > 0)
  return {
    ...after,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    passes: after.passes - before.passes,
    renderings: after.renderings - before.renderings,
    applied: after.applied - before.applied,
    requests: Object.fromEntries(requests),
  }
}

/** All of them. */
export const requestsIn = ({ requests }: Usage): number =>
  Object.values(requests).reduce((sum, count) => sum + count, 0)

/** `4 list, 800 patch`. */
export const verbsIn = ({ requests }: Usage): string =>
  Object.entries(requests)
    .map(([verb, count]) => `${count} ${verb}`)
    .sort()
    .join(', ') || 'none'
