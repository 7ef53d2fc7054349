import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, cp, glob, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { freePorts } from '../control-plane/free-ports.ts'
import { executablesOf } from '../parts/obtain.ts'
import { sshd as part } from '../parts/sshd.ts'
import { type SshKeys, sshKeys } from './keys.ts'

export { type SshKeys, sshKeys } from './keys.ts'

/** What to serve, and how. */
export interface SshServerOptions {
  /** A folder of repositories, which is opened to whoever logs in. */
  readonly root: string
  /** Whether clients may ask for a version of Git's protocol. Default true; servers of operators who never set it do not. */
  readonly acceptsProtocol?: boolean
}

/** A real SSH server on this machine, for one user. */
export interface SshServer extends AsyncDisposable {
  readonly user: string
  readonly port: number
  /** `ssh://user@127.0.0.1:port`; a repository is at `${url}${path}`. */
  readonly url: string
  /** What may log in. */
  readonly client: SshKeys
  /** The line of `known_hosts`. */
  readonly knownHosts: string
  /** The commands that were asked for, and what protocol with them, oldest first. */
  readonly commands: () => Promise<readonly string[]>
}

/** Serves repositories through the real `sshd`. As root it runs as nobody: it wants a user of its own otherwise. */
export async function serveSsh(options: SshServerOptions): Promise<SshServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await serveOnce(options)
    } catch (thrown) {
      // Somebody else may have taken the port in the meantime.
      if (attempt === maxAttempts || !/in use|Cannot bind/.test(String(thrown))) throw thrown
    }
  }
}

const maxAttempts = 3

async function serveOnce({ root, acceptsProtocol = true }: SshServerOptions): Promise<SshServer> {
  const [port = 0] = await freePorts(1)
  const folder = await mkdtemp(join(tmpdir(), 'mooring-sshd-'))
  const client = sshKeys()
  const host = sshKeys()
  const served = await servedUser(folder)
  const file = (name: string): string => join(folder, name)
  await writeFile(file('host_key'), host.privateKey, { mode: 0o600 })
  await writeFile(file('authorized_keys'), `${client.publicKey}\n`)
  await writeFile(file('commands'), '')
  await writeFile(file('run'), script(file('commands')), { mode: 0o755 })
  await writeFile(file('sshd_config'), configuration({ port, file, acceptsProtocol }))
  await chmod(root, 0o755)
  if (served.uid !== undefined) await giveTo(served.uid, folder)
  const server = spawn(served.sshd, ['-D', '-e', '-f', file('sshd_config')], {
    env: { PATH: process.env.PATH, ...served.env },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
    ...(served.uid === undefined ? {} : { uid: served.uid, gid: served.uid }),
  })
  try {
    await listening(server)
  } catch (thrown) {
    await rm(folder, { recursive: true, force: true })
    throw thrown
  }
  return {
    user: served.name,
    port,
    url: `ssh://${served.name}@127.0.0.1:${port}`,
    client,
    knownHosts: `[127.0.0.1]:${port} ${host.publicKey}`,
    commands: async () =>
      (await readFile(file('commands'), 'utf8')).split('\n').filter((line) => line !== ''),
    [Symbol.asyncDispose]: async () => {
      const ended = once(server, 'close')
      if (server.pid !== undefined) process.kill(-server.pid, 'SIGKILL')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface Served {
  readonly sshd: string
  readonly name: string
  /** Whom to run as, if not as ourselves. */
  readonly uid: number | undefined
  readonly env: Readonly<Record<string, string>>
}

const nobody = 65_534

/** Where the part brought a library that makes up users, there is a user `git`; else it is whoever runs this. */
async function servedUser(folder: string): Promise<Served> {
  const { sshd = '' } = await executablesOf(part)
  const { uid, username } = userInfo()
  const library = await librariesOf(sshd)
  if (library === undefined) return { sshd, name: username, uid: undefined, env: {} }
  // Nobody else can look into the home of root, where the part may be.
  for (const path of ['bin', 'root/usr/sbin', 'root/usr/lib']) {
    await cp(join(dirname(sshd), '..', path), join(folder, path), { recursive: true, dereference: true })
  }
  const as = uid === 0 ? nobody : uid
  await writeFile(join(folder, 'passwd'), `git:x:${as}:${as}:git:${folder}:/bin/sh\n`)
  await writeFile(join(folder, 'group'), `git:x:${as}:\n`)
  const env = {
    LD_PRELOAD: join(folder, library),
    NSS_WRAPPER_PASSWD: join(folder, 'passwd'),
    NSS_WRAPPER_GROUP: join(folder, 'group'),
  }
  return { sshd: join(folder, 'bin/sshd'), name: 'git', uid: uid === 0 ? nobody : undefined, env }
}

async function librariesOf(sshd: string): Promise<string | undefined> {
  const cwd = join(dirname(sshd), '..')
  for await (const path of glob('root/usr/lib/*/libnss_wrapper.so', { cwd })) return path
  return undefined
}

async function giveTo(uid: number, folder: string): Promise<void> {
  for (const name of ['.', ...(await readdir(folder))]) await chown(join(folder, name), uid, uid)
}

const configuration = ({
  port,
  file,
  acceptsProtocol,
}: {
  readonly port: number
  readonly file: (name: string) => string
  readonly acceptsProtocol: boolean
}): string => `ListenAddress 127.0.0.1:${port}
HostKey ${file('host_key')}
AuthorizedKeysFile ${file('authorized_keys')}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 100
ForceCommand ${file('run')}
${acceptsProtocol ? 'AcceptEnv GIT_PROTOCOL\n' : ''}`

/** Repositories belong to whoever made them, which Git would mind. */
const script = (commands: string): string => `#!/bin/sh
echo "\${GIT_PROTOCOL:-none} $SSH_ORIGINAL_COMMAND" >> '${commands}'
unset LD_PRELOAD LD_LIBRARY_PATH
export PATH='${process.env.PATH ?? ''}' GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_COUNT=1
export GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"
`

function listening(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    server.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-10_000)
      if (said.includes('Server listening on')) resolve()
    })
    server.once('error', reject)
    server.once('close', () => reject(new Error(`sshd did not start: ${said.trim()}`)))
  })
}
