import { isAbsolute } from 'node:path'
import { invalidOption } from './invalid-option.ts'

/**
 * How to reach a repository over SSH: through the `ssh` of this machine, of which no configuration file is read, neither
 * a person's nor the machine's.
 */
export interface GitSsh {
  /** The keys of the server, as lines of a `known_hosts` file. Either this or `knownHostsFile` has to be given. */
  readonly knownHosts?: string
  /** Absolute path of a `known_hosts` file. It is only read: what is not in it is refused, never learnt. */
  readonly knownHostsFile?: string
  /** A private key that no passphrase protects, as text. It lies in a private file while it is used. Default: none. */
  readonly identity?: string
  /** Absolute path of such a key. Default: none. */
  readonly identityFile?: string
  /** Absolute path of the socket of an agent, such as `$SSH_AUTH_SOCK`. Default: none is asked. */
  readonly agent?: string
  /** The program. Default `ssh`, looked for in /usr/bin and /bin; an absolute path for one elsewhere. */
  readonly command?: string
}

/** Checks options for SSH, without repeating keys. Throws `INVALID_OPTION`. */
export function checkSsh(ssh: GitSsh | undefined): GitSsh {
  if ((ssh?.knownHosts === undefined) === (ssh?.knownHostsFile === undefined)) {
    throw invalidOption(
      'ssh',
      'given with exactly one of knownHosts and knownHostsFile, because servers have to prove who they are',
      undefined,
      '`ssh-keyscan <host>` prints what a server claims its keys are: compare with what its operator publishes.',
    )
  }
  if (ssh?.identity !== undefined && ssh.identityFile !== undefined) {
    throw invalidOption('ssh', 'given with one of identity and identityFile')
  }
  const { knownHostsFile, identityFile, agent, command, knownHosts, identity } = ssh ?? {}
  for (const [option, path] of Object.entries({ knownHostsFile, identityFile, agent }))
    checkPath(option, path)
  if (command !== undefined && command !== 'ssh') checkPath('command', command)
  if (knownHosts !== undefined && !/^[^#\s].*\s\S/m.test(knownHosts)) {
    throw invalidOption('ssh.knownHosts', 'lines such as: git.example.com ssh-ed25519 AAAA…')
  }
  if (identity !== undefined) checkIdentity(identity)
  return ssh ?? {}
}

/** In ssh's own options a quote would end a path. */
function checkPath(option: string, path: string | undefined): void {
  if (path === undefined || (isAbsolute(path) && !/[\p{Cc}"$]/u.test(path))) return
  throw invalidOption(`ssh.${option}`, 'an absolute path without quotes, dollar signs and control characters')
}

function checkIdentity(identity: string): void {
  const expected = 'a private key in PEM, from its BEGIN line to its END line'
  const body = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----([\s\S]+)-----END \1PRIVATE KEY-----/.exec(identity)
  if (body === null) throw invalidOption('ssh.identity', expected)
  const bytes = Buffer.from((body[2] ?? '').replace(/^.*:.*$/gm, ''), 'base64')
  const magic = 'openssh-key-v1\0'
  const isOpenSsh = bytes.toString('latin1', 0, magic.length) === magic
  const cipher = isOpenSsh ? bytes.toString('latin1', magic.length + 4, magic.length + 8) : 'none'
  if (cipher !== 'none' || /ENCRYPTED/.test(body[0])) {
    throw invalidOption(
      'ssh.identity',
      'a key that no passphrase protects',
      undefined,
      'Remove it with `ssh-keygen -p -f <file>`, or let an agent hold the key and give its socket in ssh.agent.',
    )
  }
}
