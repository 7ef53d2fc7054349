import { MooringError } from '@mooring/core'
import type { GitSsh } from '../options/git-ssh.ts'
import type { SshLocation } from '../options/ssh-location.ts'
import { printable } from './printable.ts'

/** How a connection through `ssh` ended. */
export interface SshEnd {
  /** 255 when `ssh` itself failed; undefined when it did not end by itself. */
  readonly code: number | undefined
  /** What `ssh` and the server complained about. */
  readonly complaint: string
}

/**
 * What a failed connection means. Only what `ssh` says itself (code 255) is believed about keys and connections: the
 * server's own words come over the same line.
 */
export function sshFailureOf(
  { url, host }: SshLocation,
  { code, complaint }: SshEnd,
  keyOption: string = keyOptionOf(undefined),
): MooringError {
  const says = (pattern: RegExp): boolean => pattern.test(complaint)
  if (code === 255) {
    if (says(/REMOTE HOST IDENTIFICATION HAS CHANGED|Host key for .* has changed/))
      return hostKeyChanged(url, host)
    if (says(/Host key verification failed|No .* host key is known/)) return hostKeyUnknown(url, host)
    if (says(/no matching host key type found/)) return hostKeyUnknown(url, host)
    const unreadable = /(?:^|\n)(?:Load key |no such identity: )[^\n]*: ([^\n:]*)/i.exec(complaint)?.[1]
    if (unreadable !== undefined) return noKey(keyOption, printable(unreadable))
    if (says(/Permission denied|Too many authentication failures/)) return refused(url, keyOption)
  }
  if (
    says(
      /does not appear to be a git repository|repository .*not (found|exist)|no such (repository|project)/i,
    )
  ) {
    return notFound(url)
  }
  return new MooringError({
    code: 'REPOSITORY_UNREACHABLE',
    kind: 'transient',
    message: `Expected a complete answer from ${url}, found ${lastWords(complaint) || 'a broken connection'}`,
    hint: 'See whether the address is right and the server can be reached from here.',
  })
}

/** The line that says most: the last one. */
const lastWords = (complaint: string): string => printable(complaint.trim().split('\n').at(-1) ?? '')

const hostKeyChanged = (url: string, host: string): MooringError =>
  new MooringError({
    code: 'HOST_KEY_CHANGED',
    kind: 'permanent',
    message: `Expected the server of ${url} to show a key that is known for ${host}, found another one`,
    hint: 'Nothing was sent. Ask its operator whether the key was changed, and put the new one into ssh.knownHosts. If it was not changed, somebody is in between.',
  })

const hostKeyUnknown = (url: string, host: string): MooringError =>
  new MooringError({
    code: 'HOST_KEY_UNKNOWN',
    kind: 'permanent',
    message: `Expected a key of ${host}, the server of ${url}, among those that are known, found none that it shows`,
    hint: 'Nothing was sent. Put the keys that its operator publishes into ssh.knownHosts; with a port other than 22 under [host]:port.',
  })

/** The option that says which key is shown. */
export const keyOptionOf = (ssh: GitSsh | undefined): string =>
  ssh?.identityFile !== undefined
    ? 'ssh.identityFile'
    : ssh?.identity === undefined && ssh?.agent !== undefined
      ? 'ssh.agent'
      : 'ssh.identity'

const refused = (url: string, keyOption: string): MooringError =>
  new MooringError({
    code: 'AUTHENTICATION_FAILED',
    kind: 'permanent',
    message: `Expected ${url} to accept the key, found that it does not`,
    hint: `See whether the public half of what ${keyOption} gives may read this repository, and whether the user name in the URL is right.`,
  })

/** The error of a key that `ssh` cannot use: the server was shown none. */
export const noKey = (keyOption: string, found: string): MooringError =>
  new MooringError({
    code: 'AUTHENTICATION_FAILED',
    kind: 'permanent',
    message: `Expected ${keyOption} to give a private key that ssh can use, found that it does not (${found})`,
    hint: 'The server was shown no key. See whether it is there, whole, readable by this process alone, and without a passphrase (`ssh-keygen -p -f <file>` removes one; an agent can hold the key too: ssh.agent).',
  })

const notFound = (url: string): MooringError =>
  new MooringError({
    code: 'REPOSITORY_NOT_FOUND',
    kind: 'permanent',
    message: `Expected a repository at ${url}, found none`,
    hint: 'Correct the address. Servers also say this when the key may not see the repository.',
  })

/** The error of a machine without the program. */
export const sshNotAvailable = (command: string, cause: unknown): MooringError =>
  new MooringError({
    code: 'SSH_NOT_AVAILABLE',
    kind: 'permanent',
    message: `Expected the program ${command} on this machine, found that it cannot be started`,
    hint: 'Install OpenSSH 7.8 or later, or give its path in ssh.command.',
    cause,
  })
