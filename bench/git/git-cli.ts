import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runGit } from '../../tools/git-repository/run-git.ts'

/** Times of git's command line, in milliseconds, with the start of its processes. */
export interface GitTimes {
  /** `fetch --depth 1`: everything. */
  readonly everything: number
  /** `fetch --depth 1 --filter=blob:none`, then the files of one folder in one request: its fastest way to them. */
  readonly onePath: number
  readonly incremental: number
  readonly poll: number
}

/** Runs git as somebody would who wants speed. `commit` makes news. */
export async function measureGit(
  url: string,
  path: string,
  commit: () => Promise<unknown>,
): Promise<GitTimes> {
  const whole = await mkdtemp(join(tmpdir(), 'mooring-bench-'))
  const partial = await mkdtemp(join(tmpdir(), 'mooring-bench-'))
  for (const folder of [whole, partial]) {
    await runGit(folder, ['init', '--quiet', '--bare'])
    await runGit(folder, ['remote', 'add', 'origin', url])
  }
  const fetchOne = ['fetch', '--quiet', '--depth=1', '--no-tags', 'origin', 'main']
  const everything = await timed(() => runGit(whole, fetchOne))
  const onePath = await timed(async () => {
    await runGit(partial, ['-c', 'remote.origin.promisor=true', ...fetchOne, '--filter=blob:none'])
    const listed = await runGit(partial, ['ls-tree', '-r', 'FETCH_HEAD', `${path}/`])
    const ids = listed.split('\n').map((line) => line.split(/\s/)[2] ?? '')
    const promised = ['-c', 'remote.origin.promisor=true', '-c', 'fetch.negotiationAlgorithm=noop']
    const how = ['--quiet', '--filter=blob:none', '--no-tags', '--no-write-fetch-head', '--stdin', 'origin']
    await runGit(partial, [...promised, 'fetch', ...how], ids.join('\n'))
    await runGit(partial, ['cat-file', '--batch'], ids.join('\n'))
  })
  const poll = await timed(() => runGit(whole, ['ls-remote', '--quiet', 'origin', 'refs/heads/main']))
  await commit()
  const incremental = await timed(() => runGit(whole, fetchOne))
  await Promise.all([whole, partial].map((folder) => rm(folder, { recursive: true, force: true })))
  return { everything, onePath, incremental, poll }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
