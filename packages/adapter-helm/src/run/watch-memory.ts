import { readFile } from 'node:fs/promises'

/**
 * Tells once when a process holds more memory than this. Looks at /proc every 50 ms, so it works on Linux alone: nothing in
 * Node limits another process, and a limit on addresses (`ulimit -v`) does not suit Go, which reserves far more than it
 * uses. Elsewhere the limits of time and output stand alone.
 */
export function watchMemory(
  pid: number | undefined,
  mostBytes: number,
  onMore: () => void,
): { readonly stop: () => void } {
  let isStopped = pid === undefined
  let timer: NodeJS.Timeout | undefined
  const look = async (): Promise<void> => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined)
    if (status === undefined || isStopped) return
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? []
    if (kilobytes !== undefined && Number(kilobytes) * 1024 > mostBytes) return onMore()
    again()
  }
  const again = (): void => {
    if (isStopped) return
    timer = setTimeout(() => void look(), 50)
    timer.unref()
  }
  again()
  return {
    stop: () => {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
