import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Chart } from './chart.ts'

/** Writes a chart into a private folder, as plain files only; gives its path there, for an argument. */
export async function writeChart(chart: Chart, folder: string, signal: AbortSignal): Promise<void> {
  if (chart.archive !== undefined) {
    await writeFile(join(folder, 'chart.tgz'), chart.archive, { flag: 'wx', mode: 0o600, signal })
    return
  }
  const made = new Set<string>()
  for (const [path, content] of chart.files) {
    const file = join(folder, 'chart', path)
    const parent = dirname(file)
    if (!made.has(parent)) await mkdir(parent, { recursive: true, mode: 0o700 })
    made.add(parent)
    await writeFile(file, content, { flag: 'wx', mode: 0o600, signal })
  }
}

/** Where {@link writeChart} puts a chart, relative to the folder. */
export const chartArgument = (chart: Chart): string =>
  chart.archive === undefined ? './chart' : './chart.tgz'
