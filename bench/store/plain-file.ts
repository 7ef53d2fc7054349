import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'

/** How long the same took, ours and a plain file's, in milliseconds. */
export interface Pair {
  readonly ours: number
  readonly plain: number
}

/** Adds to a file and syncs it to disk: the least that a durable commit can cost. */
export function appendAndSync(path: string, content: string | Buffer): void {
  const file = openSync(path, 'a')
  writeSync(file, content as string)
  fsyncSync(file)
  closeSync(file)
}

/** How long something takes. */
export async function timed(work: () => unknown): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/** Bytes this process has handed to the system to write so far. */
export function bytesWritten(): number {
  const found = /^wchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))
  return Number(found?.[1])
}
