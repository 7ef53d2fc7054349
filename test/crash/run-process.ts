import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** How a process ended: killed, or of its own, with the lines it said after it had started. */
export interface Ended {
  readonly killed: boolean
  readonly lines: readonly string[]
}

/** Runs one program with its assignment to its end: of its own, by its own SIGKILL, or by ours some milliseconds after it started. */
export async function runProcess(program: string, assignment: unknown, killAfterMs?: number): Promise<Ended> {
  const told = JSON.stringify(assignment)
  const child = spawn(process.execPath, ['--conditions=@mooring/source', '--no-warnings', program, told], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const errors: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => void errors.push(chunk))
  const ended = new Promise<NodeJS.Signals | number | null>((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? code)),
  )
  // Far longer than anything takes: what hangs is a failure, not a wait.
  const deadline = setTimeout(() => child.kill('SIGTERM'), 60_000)
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (line !== 'started') lines.push(line)
    else if (killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  }
  const end = await ended
  clearTimeout(deadline)
  if (end !== 0 && end !== 'SIGKILL')
    throw new Error(`The agent ended with ${end}: ${Buffer.concat(errors).toString().slice(-6_000)}`)
  return { killed: end === 'SIGKILL', lines }
}
