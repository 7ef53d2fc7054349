import { isIP } from 'node:net'
import type { SshLocation } from '../options/ssh-location.ts'
import type { GitService } from './git-server.ts'

/** Files and switches that `ssh` is started with. */
export interface SshOptions {
  /** Absolute path of a `known_hosts` file. */
  readonly knownHosts: string
  /** Absolute path of a private key. Without one, only an agent's keys are shown. */
  readonly identity: string | undefined
  /** Socket of an agent. Without one, none is asked. */
  readonly agent: string | undefined
  /** The address to connect to, if it had to be checked; the name stands for the keys all the same. */
  readonly address: string | undefined
  readonly connectTimeoutMs: number
  /** What to run there. */
  readonly service: GitService
  /** Whether to ask for protocol version 2. */
  readonly protocol: 2 | undefined
}

/**
 * Arguments of `ssh` for a repository. No configuration file is read, nothing is learnt or asked, nothing is
 * forwarded, no other connection is used, and nothing that came from a URL can be taken for an option. No secret stands
 * among them.
 */
export function sshArguments(location: SshLocation, options: SshOptions): readonly string[] {
  const { host, port, user, path } = location
  const settings = {
    BatchMode: 'yes',
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: quoted(options.knownHosts),
    GlobalKnownHostsFile: '/dev/null',
    UpdateHostKeys: 'no',
    VerifyHostKeyDNS: 'no',
    CheckHostIP: 'no',
    CanonicalizeHostname: 'no',
    IdentitiesOnly: options.identity === undefined ? 'no' : 'yes',
    IdentityFile: options.identity === undefined ? 'none' : quoted(options.identity),
    IdentityAgent: options.agent === undefined ? 'none' : quoted(options.agent),
    PreferredAuthentications: 'publickey',
    PasswordAuthentication: 'no',
    KbdInteractiveAuthentication: 'no',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    ClearAllForwardings: 'yes',
    PermitLocalCommand: 'no',
    ProxyCommand: 'none',
    ControlMaster: 'no',
    ControlPath: 'none',
    RequestTTY: 'no',
    EscapeChar: 'none',
    ConnectionAttempts: '1',
    ConnectTimeout: String(Math.max(1, Math.ceil(options.connectTimeoutMs / 1000))),
    ServerAliveInterval: '15',
    ServerAliveCountMax: '2',
    LogLevel: 'ERROR',
    ...(options.address === undefined
      ? {}
      : { HostName: options.address, HostKeyAlias: keyName(host, port) }),
    ...(options.protocol === undefined ? {} : { SetEnv: `GIT_PROTOCOL=version=${options.protocol}` }),
  }
  return [
    '-F',
    '/dev/null',
    ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    '-p',
    String(port),
    '-l',
    user,
    '--',
    host,
    `${options.service} '${path}'`,
  ]
}

/** ssh takes a path apart at spaces unless it is quoted, and replaces what follows a percent sign. */
const quoted = (path: string): string => `"${path.replaceAll('%', '%%')}"`

/** What keys of a server stand under in `known_hosts`. */
const keyName = (host: string, port: number): string =>
  port === 22 ? host : `[${isIP(host) === 0 ? host.toLowerCase() : host}]:${port}`
