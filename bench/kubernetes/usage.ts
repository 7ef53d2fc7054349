import { readFileSync } from 'node:fs'

/** Processor seconds of a running process, from /proc. */
export function cpuSecondsOf(pid: number): number {
  const fields = statOf(String(pid))
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Processor seconds of all children of this process that have ended. */
export function cpuSecondsOfChildren(): number {
  const fields = statOf('self')
  return (Number(fields[13]) + Number(fields[14])) / ticksPerSecond
}

/** `/proc/PID/stat` after the name of the command, which may hold anything: proc(5), fields 3 and on. */
function statOf(process: string): readonly string[] {
  const text = readFileSync(`/proc/${process}/stat`, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** USER_HZ, which is 100 wherever we run. */
const ticksPerSecond = 100

/** Processor seconds of this process since an earlier `process.cpuUsage()`. */
export function cpuSecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
