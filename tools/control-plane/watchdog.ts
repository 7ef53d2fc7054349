import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Sees to it that nothing outlives this process, not even when it dies by kill -9. */
export interface Watchdog {
  readonly add: (pid: number | undefined) => void
  readonly remove: (pid: number | undefined) => void
  /** Its own process id. */
  readonly pid: number | undefined
  /** Ends the watch without an effect. */
  readonly dismiss: () => Promise<void>
}

// The system closes our end of its standard input with us, however we end. POSIX sh: there is no portable way to tie
// a child's life to its parent's, and a shell waits in 1 MB where another Node would take 45.
const script = `
trap '' INT TERM HUP
read -r line && exit 0
while read -r pid; do kill -9 "$pid" 2>/dev/null; done < "$1/pids"
rm -rf "$1" || { sleep 1; rm -rf "$1"; }
`

/** Starts a shell that ends the processes and removes the folder once this process is gone. */
export function watchdog(folder: string): Watchdog {
  const pids = new Set<number>()
  const write = (): void => writeFileSync(join(folder, 'pids'), [...pids, ''].join('\n'))
  write()
  const shell = spawn('sh', ['-c', script, 'sh', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  const ended = new Promise<void>((resolve) => {
    shell.once('exit', () => resolve())
    shell.once('error', () => resolve())
  })
  shell.stdin.on('error', () => undefined)
  return {
    add: (pid) => {
      if (pid !== undefined) pids.add(pid)
      write()
    },
    remove: (pid) => {
      if (pid === undefined || !pids.delete(pid)) return
      write()
    },
    pid: shell.pid,
    dismiss: () => {
      shell.stdin.end('done\n')
      return ended
    },
  }
}
