import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { TestRepository } from '../../tools/git-repository/index.ts'
import { runGit } from '../../tools/git-repository/run-git.ts'
import { type Bench, median, type Row, row } from '../report.ts'
import { measureGit } from './git-cli.ts'
import { startMeasured, startServer } from './measured-process.ts'
import { commitThree, onePath, repositoryOf, type Size, sizes } from './repositories.ts'

const rounds = 3
const polls = 9
const delaysMs = [0, 40]

/**
 * Reading a repository: one folder of it, all of it, what is new, and that nothing is new. In one run and from one server:
 * our source, isomorphic-git, and git's command line. Each round is compared in itself.
 */
export const bench: Bench = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-bench-'))
  const programs = await bundlePrograms(folder)
  const rows: Row[] = []
  for (const size of sizes) {
    await using repository = await repositoryOf(size)
    for (const delayMs of delaysMs) rows.push(...(await measureSize(repository, size, delayMs, programs)))
  }
  const version = await runGit(folder, ['--version'])
  await rm(folder, { recursive: true, force: true })
  return {
    title: 'git: reading a repository',
    conditions: [
      `served by git itself over HTTP on this machine, filters offered; medians of ${rounds} rounds, one folder of 20 or 100 files`,
      'reference: git’s command line (with the start of its processes), or what the row names',
      `${version}, Node ${process.version}, ${availableParallelism()} cores`,
    ],
    rows,
  }
}

/** As JavaScript, so that no compiler counts. */
async function bundlePrograms(
  outdir: string,
): Promise<{ readonly ours: string; readonly isomorphic: string }> {
  await build({
    entryPoints: ['ours', 'isomorphic'].map((name) => join(import.meta.dirname, `${name}.ts`)),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    conditions: ['@mooring/source'],
    outExtension: { '.js': '.mjs' },
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)",
    },
    outdir,
    logLevel: 'error',
  })
  return { ours: join(outdir, 'ours.mjs'), isomorphic: join(outdir, 'isomorphic.mjs') }
}

interface Figures {
  readonly onePath: number
  readonly everything: number
  readonly incremental: number
  readonly poll: number
  readonly peakMb: number
  readonly requests: number
  readonly bytes: number
  readonly pollRequests: number
}

async function measureSize(
  repository: TestRepository,
  size: Size,
  delayMs: number,
  programs: { readonly ours: string; readonly isomorphic: string },
): Promise<readonly Row[]> {
  let commits = delayMs * 1000
  const commit = () => commitThree(repository, ++commits)
  await using server = await startServer(repository.root, delayMs)
  const url = `${server.url}/${repository.name}`

  const measure = async (program: string): Promise<Figures> => {
    await using first = await startMeasured(program, url)
    const before = await server.counts()
    const look = await first.step('look', onePath)
    const after = await server.counts()
    const pollTimes: number[] = []
    for (let at = 0; at < polls; at++) pollTimes.push((await first.step('poll')).ms)
    const polled = await server.counts()
    await commit()
    const news = await first.step('news')
    await using second = await startMeasured(program, url)
    const everything = await second.step('look', '')
    return {
      onePath: look.ms,
      everything: everything.ms,
      incremental: news.ms,
      poll: median(pollTimes),
      peakMb: look.peakMb,
      requests: after.requests - before.requests,
      bytes: after.bytes - before.bytes,
      pollRequests: (polled.requests - after.requests) / polls,
    }
  }

  const ours: Figures[] = []
  const git: Awaited<ReturnType<typeof measureGit>>[] = []
  for (let round = 0; round < rounds; round++) {
    ours.push(await measure(programs.ours))
    git.push(await measureGit(url, onePath, commit))
  }
  // Seconds at 50,000 files: once is enough to see it.
  const isomorphic = await measure(programs.isomorphic)
  return rowsOf(size, delayMs, { ours, git, isomorphic })
}

interface All {
  readonly ours: readonly Figures[]
  readonly git: readonly Awaited<ReturnType<typeof measureGit>>[]
  readonly isomorphic: Figures
}

function rowsOf({ name, files }: Size, delayMs: number, { ours, git, isomorphic }: All): readonly Row[] {
  const at = `${name} files, ${delayMs} ms`
  const isJudged = files === 50_000
  const compare = (
    metric: string,
    mine: keyof Figures,
    theirs: keyof All['git'][number],
    target?: number,
  ): Row =>
    row({
      metric: `${at}: ${metric}`,
      unit: 'ms',
      value: median(ours.map((one) => one[mine])),
      reference: median(git.map((one) => one[theirs])),
      ratio: median(ours.map((one, round) => one[mine] / (git[round]?.[theirs] ?? Number.NaN))),
      better: 'lower',
      ...(target === undefined || !isJudged ? {} : { target }),
    })
  const beside = (metric: string, key: 'onePath' | 'everything' | 'incremental' | 'poll'): Row =>
    row({
      metric: `${at}: ${metric}, isomorphic-git`,
      unit: 'ms',
      value: median(ours.map((one) => one[key])),
      reference: isomorphic[key],
    })
  const single = (metric: string, unit: string, key: keyof Figures, target?: number): Row =>
    row({
      metric: `${at}: ${metric}`,
      unit,
      value: median(ours.map((one) => one[key])),
      better: 'lower',
      ...(target === undefined ? {} : { target }),
    })
  return [
    compare('one folder, of git --depth 1', 'onePath', 'everything', delayMs === 0 ? 0.15 : 0.3),
    compare('one folder, of git blob:none + files', 'onePath', 'onePath', 0.8),
    compare('everything, of git --depth 1', 'everything', 'everything', 1.2),
    compare('three files changed, of git fetch', 'incremental', 'incremental', delayMs === 0 ? 0.4 : 0.55),
    compare('nothing new, of git ls-remote', 'poll', 'poll', 0.5),
    beside('one folder', 'onePath'),
    beside('everything', 'everything'),
    beside('three files changed', 'incremental'),
    beside('nothing new', 'poll'),
    single('nothing new', 'requests', 'pollRequests', 1),
    single('one folder', 'requests', 'requests'),
    single('one folder', 'bytes', 'bytes'),
    single('one folder, peak of the process', 'MB', 'peakMb', isJudged ? 90 : undefined),
  ]
}
