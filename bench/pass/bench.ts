import { execFile } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Bench, median, type Row, row } from '../report.ts'
import type { Size } from './one-size.ts'

const run = promisify(execFile)
const sizes = [1_000, 10_000, 100_000]
const imports = 15

/** Quiet passes over many resources on the memory target, and what importing the core costs. */
export const bench: Bench = async () => {
  const measured: Size[] = []
  for (const size of sizes) measured.push(await oneSize(size))
  const importMs = await importCost()
  return {
    title: 'pass: over unchanged resources',
    conditions: [
      'one application on the memory target; keys of 60 characters; every observation built anew in each pass',
      'each size alone in a process; the median of the second half of the passes',
      'the reference of the growth is that of the target observing alone',
      'bytes: heap after forced collections with the engine, less the heap without it; store and target stay',
      'import: the built package, in a process of its own each time, median of 15',
      `Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores`,
    ],
    rows: [...measured.flatMap(rowsOf), growth(measured), row(importRow(importMs))],
  }
}

async function oneSize(count: number): Promise<Size> {
  const script = join(import.meta.dirname, 'one-size.ts')
  const { stdout } = await run(process.execPath, [
    '--expose-gc',
    '--conditions=@mooring/source',
    script,
    String(count),
  ])
  return JSON.parse(stdout) as Size
}

const rowsOf = ({ count, passUs, observeUs, engineBytes }: Size): readonly Row[] => [
  row({ metric: `pass over ${count}`, unit: 'µs per resource', value: passUs, target: 2, better: 'lower' }),
  row({ metric: `of it, the target observing ${count}`, unit: 'µs per resource', value: observeUs }),
  row({
    metric: `kept by the engine for ${count}`,
    unit: 'bytes per resource',
    value: engineBytes,
    target: 400,
    better: 'lower',
  }),
]

/** Linear growth, but for the processor's caches, which the target's own look-ups miss just as often. */
function growth(measured: readonly Size[]): Row {
  const [, ten, hundred] = measured as [Size, Size, Size]
  return row({
    metric: 'a resource of 100,000 beside one of 10,000',
    unit: 'times',
    value: hundred.passUs / ten.passUs,
    reference: hundred.observeUs / ten.observeUs,
    target: 1.25,
    better: 'lower',
  })
}

async function importCost(): Promise<number> {
  const root = join(import.meta.dirname, '../..')
  await run('pnpm', ['--filter', '@mooring/core', 'build'], { cwd: root })
  const url = new URL('../../packages/core/dist/index.js', import.meta.url).href
  const program = `const from = performance.now(); await import(${JSON.stringify(url)}); console.log(performance.now() - from)`
  const times: number[] = []
  for (let at = 0; at < imports; at++) {
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program])
    times.push(Number(stdout))
  }
  return median(times)
}

const importRow = (value: number) =>
  ({ metric: 'import @mooring/core', unit: 'ms', value, target: 20, better: 'lower' }) as const
