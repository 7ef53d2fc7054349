import { createHash } from 'node:crypto'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'

/**
 * Names the place where processes can see each other: this boot of this machine, and the namespace of its process ids. The
 * same name means that a process that is not seen does not run.
 */
export async function thisHost(): Promise<string> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => hostname())
  const processes = await readlink('/proc/self/ns/pid').catch(() => '')
  return createHash('sha256').update(`${boot}${processes}`).digest('hex').slice(0, 24)
}

/**
 * Whether a process runs here with this text among its arguments; undefined where that cannot be told, which is everywhere
 * but on Linux.
 */
export async function runsHere(text: string): Promise<boolean | undefined> {
  const lines = await commandLines()
  return lines?.some((line) => line.includes(text))
}

/** The arguments of all processes that can be seen here, each with a NUL behind it; undefined where that cannot be told. */
async function commandLines(): Promise<readonly string[] | undefined> {
  const entries = await readdir('/proc').catch(() => [])
  const processes = entries.filter((name) => /^\d+$/.test(name))
  if (processes.length === 0) return undefined
  // Gone since, or a kernel thread.
  return Promise.all(processes.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')))
}

/**
 * The arguments of those processes that nobody waits for any more: whoever started them is gone. Empty where that cannot be
 * told. A process that has lost its parent is given to one that starts no Helm.
 */
export async function orphanedCommandLines(): Promise<readonly string[]> {
  const entries = await readdir('/proc').catch(() => [])
  const lines = await Promise.all(entries.filter((name) => /^\d+$/.test(name)).map(orphanedLine))
  return lines.filter((line) => line !== '')
}

async function orphanedLine(id: string): Promise<string> {
  try {
    const line = await readFile(`/proc/${id}/cmdline`, 'utf8')
    const [, parent = '1'] = /^PPid:\s*(\d+)$/m.exec(await readFile(`/proc/${id}/status`, 'utf8')) ?? []
    const program = await readlink(`/proc/${parent}/exe`).catch(() => '')
    return runtimes.test(program) ? '' : line
  } catch {
    // Gone since, or not to be looked at.
    return ''
  }
}

/** What an engine runs on: a run below one of these is its own, of this target or of another cluster's. */
const runtimes = /\/(?:node|bun|deno)[^/]*(?: \(deleted\))?$/
