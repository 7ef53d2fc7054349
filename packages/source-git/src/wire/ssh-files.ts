import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GitSsh, isProtected } from '../options/git-ssh.ts'
import { codeOf } from '../repository/system-error.ts'
import { noKey } from './ssh-failure.ts'

/** The files that `ssh` reads, as long as they are needed. */
export interface SshFiles {
  /** Where they are. They are written at the first question: keys given as text lie in a folder nobody else can look into. */
  readonly paths: () => Promise<{ readonly knownHosts: string; readonly identity: string | undefined }>
  /** Removes what was written. */
  readonly remove: () => Promise<void>
}

/** Writes nothing yet. */
export function sshFiles(ssh: GitSsh): SshFiles {
  let folder: Promise<string> | undefined

  const write = async (): Promise<string> => {
    const made = await mkdtemp(join(tmpdir(), 'mooring-ssh-'))
    const { knownHosts, identity } = ssh
    if (knownHosts !== undefined) await writePrivate(join(made, 'known_hosts'), knownHosts)
    if (identity !== undefined) await writePrivate(join(made, 'identity'), identity)
    return made
  }

  const written = async (): Promise<string> => {
    folder ??= write()
    try {
      return await folder
    } catch (thrown) {
      folder = undefined
      throw thrown
    }
  }

  return {
    paths: async () => {
      const { knownHosts, knownHostsFile, identity, identityFile } = ssh
      if (identityFile !== undefined && ssh.agent === undefined) await checkFile(identityFile)
      const needed = knownHosts !== undefined || identity !== undefined
      const made = needed ? await written() : ''
      return {
        knownHosts: knownHostsFile ?? join(made, 'known_hosts'),
        identity: identity === undefined ? identityFile : join(made, 'identity'),
      }
    },
    remove: async () => {
      const made = await folder?.catch(() => undefined)
      folder = undefined
      if (made !== undefined) await rm(made, { recursive: true, force: true })
    },
  }
}

/** `ssh` says of a key it cannot have nothing but that the server refused it. With an agent, it may be a public one. */
async function checkFile(file: string): Promise<void> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (thrown) {
    throw noKey('ssh.identityFile', codeOf(thrown))
  }
  if (isProtected(text)) throw noKey('ssh.identityFile', 'a passphrase protects it')
}

/** A key without a line break at its end is none to `ssh`. */
const writePrivate = (file: string, text: string): Promise<void> =>
  writeFile(file, `${text.replaceAll('\r\n', '\n').trimEnd()}\n`, { mode: 0o600, flag: 'wx' })
