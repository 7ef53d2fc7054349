import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type ControlPlane, startControlPlane } from '../../tools/control-plane/index.ts'
import { obtainParts } from '../../tools/examples/obtain-parts.ts'
import { serveGit } from '../../tools/git-http-server/index.ts'
import { type FileChange, testRepository } from '../../tools/git-repository/index.ts'
import { etcd } from '../../tools/parts/etcd.ts'
import { git } from '../../tools/parts/git.ts'
import { kubernetes } from '../../tools/parts/kubernetes.ts'
import { kwok } from '../../tools/parts/kwok.ts'
import type { stage } from '../demo/stage.ts'

/** Where the story plays: a real control plane, and a repository that git itself serves over HTTP. */
export interface Setting extends AsyncDisposable {
  readonly controlPlane: ControlPlane
  readonly repositoryUrl: string
  /** A folder that goes with the setting, for what the Git source downloads. */
  readonly downloads: string
  /** A commit by somebody; a file that is `null` goes. Gives the commit id. */
  readonly commit: (
    person: string,
    message: string,
    files: Readonly<Record<string, FileChange>>,
  ) => Promise<string>
}

/**
 * Opens the setting. Ends the program where it cannot be had: kindly, if it is the machine that lacks something. Nothing
 * stays behind, however the program ends: the control plane goes with this process, and so does the repository.
 */
export async function openSetting({ say, during }: ReturnType<typeof stage>): Promise<Setting> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
  const lacking = await obtainParts([git, kubernetes, etcd, kwok], say)
  if (lacking !== undefined) {
    say(`This story cannot be told on this machine: ${lacking.reason}`)
    process.exit(lacking.failed ? 1 : 0)
  }
  const controlPlane = await during(startControlPlane({ audit: false }), () => 'Starting a control plane')
  const repository = await testRepository()
  const removeRepository = () => rmSync(repository.root, { recursive: true, force: true })
  process.once('exit', removeRepository)
  const server = await serveGit({ root: repository.root })
  return {
    controlPlane,
    downloads: join(repository.root, 'downloads'),
    repositoryUrl: `${server.url}/${repository.name}`,
    commit: (person, message, files) =>
      repository.commit({
        author: `${person} <${person.toLowerCase()}@example.com>`,
        message,
        files,
        at: Math.floor(Date.now() / 1000),
      }),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await controlPlane.stop()
      removeRepository()
    },
  }
}
