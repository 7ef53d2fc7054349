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
  const [, label, bytes] = bodyOf(identity) ?? []
  if (label === undefined || bytes === undefined) throw invalidOption('ssh.identity', expected)
  if (label === 'OPENSSH ' && !bytes.startsWith(magic))
    throw invalidOption('ssh.identity', expected, 'what stands between them is none')
  if (isProtected(identity)) {
    throw invalidOption(
      'ssh.identity',
      'a key that no passphrase protects',
      undefined,
      'Remove it with `ssh-keygen -p -f <file>`, or let an agent hold the key and give its socket in ssh.agent.',
    )
  }
}

const magic = 'openssh-key-v1\0'

/** Whether a text is a private key that a passphrase protects. */
export function isProtected(text: string): boolean {
  const [all = '', , bytes = ''] = bodyOf(text) ?? []
  const isOpenSsh = bytes.startsWith(magic)
  const cipher = isOpenSsh ? bytes.slice(magic.length + 4, magic.length + 8) : 'none'
  return cipher !== 'none' || /ENCRYPTED/.test(all)
}

/** A key, its label, and its bytes with one character for each. */
function bodyOf(text: string): readonly [string, string, string] | undefined {
  const found = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----([\s\S]+)-----END \1PRIVATE KEY-----/.exec(text)
  if (found === null) return undefined
  const base64 = (found[2] ?? '').replace(/^.*:.*$/gm, '')
  return [found[0], found[1] ?? '', Buffer.from(base64, 'base64').toString('latin1')]
}
