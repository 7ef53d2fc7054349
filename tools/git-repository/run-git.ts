import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'

/** Environment of every Git process a test starts: nothing of the person's or the machine's configuration counts. */
export const gitEnvironment = (folder: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: folder,
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'Ada Test',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada Test',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
})

/** Runs the real Git in a folder and gives what it printed, without the last line break. Throws what it complained about. */
export async function runGit(
  folder: string,
  args: readonly string[],
  input: string | Uint8Array = '',
): Promise<string> {
  const git = spawn('git', args, { cwd: folder, env: gitEnvironment(folder) })
  git.stdin.on('error', () => undefined).end(input)
  const [output, complaint, code] = await Promise.all([textOf(git.stdout), textOf(git.stderr), exitOf(git)])
  if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}: ${complaint.trim()}`)
  return output.replace(/\n$/, '')
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

const exitOf = (git: ChildProcessWithoutNullStreams): Promise<number | null> =>
  new Promise((resolve, reject) => {
    git.once('error', reject)
    git.once('close', resolve)
  })
