import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Another process that writes to a store, and what it said. */
export interface Writer {
  /** It is loaded and connected, and waits. */
  readonly ready: () => Promise<void>
  readonly begin: () => void
  /** The number of the last commit that it was answered. */
  readonly said: () => number
  /** Once it has said this number or a higher one. */
  readonly says: (number: number) => Promise<void>
  readonly kill: () => Promise<void>
  /** Rejects unless it ends well by itself. */
  readonly ended: () => Promise<void>
}

/** Starts a process over the Secrets of this namespace. */
export function startWriter(
  kubeconfigFile: string,
  namespace: string,
  work: 'write' | 'race' = 'write',
): Writer {
  const program = fileURLToPath(new URL('store-process.ts', import.meta.url))
  const child: ChildProcess = spawn(
    process.execPath,
    ['--conditions=@mooring/source', '--no-warnings', program, kubeconfigFile, namespace, work],
    { stdio: 'pipe' },
  )
  let text = ''
  let complaint = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (complaint += chunk))
  let isOver = false
  const closed = once(child, 'close').then(() => {
    isOver = true
  })
  const until = async (met: () => boolean): Promise<void> => {
    while (!met()) {
      if (isOver) throw new Error(`The writer ended: ${complaint}`)
      await Promise.race([once(child.stdout ?? child, 'data'), closed])
    }
  }
  const said = (): number => Number(text.slice(0, text.lastIndexOf('\n')).split('\n').at(-1)) || 0
  return {
    ready: () => until(() => text.startsWith('ready')),
    begin: () => void child.stdin?.write('go\n'),
    said,
    says: (number) => until(() => said() >= number),
    kill: async () => {
      child.kill('SIGKILL')
      await closed
    },
    ended: async () => {
      await closed
      if (child.exitCode !== 0) throw new Error(`The writer failed: ${complaint}`)
    },
  }
}
