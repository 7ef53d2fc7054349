import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bench, median, type Row, row } from '../report.ts'
import { measurePasses, type Passes } from './passes.ts'
import { measureWhole, type Whole } from './whole.ts'

const sizes = [1_000, 10_000]

/** Keeping the state of one application: whole, and what one pass changes of it, beside plain files. */
export const bench: Bench = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-store-'))
  const load = loadavg()[0] ?? 0
  const found: { readonly count: number; readonly whole: Whole; readonly passes: Passes }[] = []
  try {
    for (const count of sizes) {
      found.push({
        count,
        whole: await measureWhole(folder, count),
        passes: await measurePasses(folder, count),
      })
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  const bytes = found.map(({ passes }) => passes.bytesPerChange)
  return {
    title: 'store: the state of one application in SQLite',
    conditions: [
      'reference: the same state as JSON, written to a plain file and synced, in turns with ours; medians, ratios of pairs',
      'every commit is synced to disk; bytes are what the process hands to the system (/proc/self/io)',
      `SQLite ${process.versions.sqlite}, Node ${process.version}, ${availableParallelism()} cores, load ${load.toFixed(1)}`,
    ],
    rows: [
      ...found.flatMap(({ count, whole, passes }) => rowsOf(count, whole, passes)),
      row({
        metric: 'bytes of one change: 10,000 against 1,000 resources',
        unit: 'bytes',
        value: bytes[1] ?? 0,
        reference: bytes[0] ?? 0,
        target: 1.5,
        better: 'lower',
      }),
    ],
  }
}

function rowsOf(count: number, whole: Whole, passes: Passes): readonly Row[] {
  const of = `${count.toLocaleString('en-US')} resources`
  const compared = (metric: string, pairs: Whole['save'], target?: number) =>
    row({
      metric: `${of}: ${metric}`,
      unit: 'ms',
      value: median(pairs.map(({ ours }) => ours)),
      reference: median(pairs.map(({ plain }) => plain)),
      ratio: median(pairs.map(({ ours, plain }) => ours / plain)),
      ...(target !== undefined && { target, better: 'lower' as const }),
    })
  return [
    compared('save all; plain: write, sync', whole.save, 3),
    compared('save all; plain: make JSON, write, sync', whole.saveWithJson),
    compared('load all; plain: read, parse JSON', whole.load, 3),
    compared('a commit of a pass with one change', passes.commits, 3),
    row({ metric: `${of}: commits of such a pass`, unit: 'commits', value: passes.commitsPerChange }),
    row({
      metric: `${of}: calls of the store in ${passes.quiet} passes without change`,
      unit: 'calls',
      value: passes.quietCalls,
      target: 0,
      better: 'lower',
    }),
    row({
      metric: `${of}: files of the store written by them`,
      unit: 'files',
      value: passes.quietFiles,
      target: 0,
      better: 'lower',
    }),
  ]
}
