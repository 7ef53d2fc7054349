import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { gitEnvironment } from '../git-repository/run-git.ts'
import { gitLfs as part } from '../parts/git-lfs.ts'
import { executablesOf } from '../parts/obtain.ts'

/**
 * Commits files as people do who use Git LFS, and pushes both halves with the real `git-lfs` to the branch `main` of an
 * empty repository.
 */
export async function pushWithLfs(
  url: string,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<void> {
  const { 'git-lfs': lfs = '' } = await executablesOf(part)
  const folder = await mkdtemp(join(tmpdir(), 'mooring-lfs-'))
  const environment = gitEnvironment(folder)
  const env = {
    ...environment,
    PATH: `${dirname(lfs)}${delimiter}${environment.PATH}`,
    GIT_CONFIG_GLOBAL: join(folder, '.config'),
  }
  const git = async (...args: readonly string[]): Promise<void> => {
    const running = spawn('git', args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] })
    let complaint = ''
    running.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk.toString()
    })
    const [code] = (await once(running, 'close')) as [number | null]
    if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}: ${complaint}`)
  }
  try {
    await git('init', '--quiet', '--initial-branch=main')
    await git('lfs', 'install')
    await git('lfs', 'track', '*.bin')
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), content)
    }
    await git('add', '.gitattributes', ...Object.keys(files))
    await git('commit', '--quiet', '-m', 'large files')
    await git('push', url, 'main')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
