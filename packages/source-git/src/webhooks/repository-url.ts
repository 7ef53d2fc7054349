/**
 * Whether two addresses are the same repository, as far as can be told without asking: `https`, `ssh` and
 * `git@host:path` forms of it, with or without user names, `.git`, default ports and slashes at the end, in any case (no
 * forge has two repositories that differ in that). Ports other than the default ones count between addresses of one
 * protocol; the web server and the SSH server of one host have different ones anyway. Forges with addresses of several
 * forms are known: Azure DevOps (`dev.azure.com`, `ssh.dev.azure.com`, `visualstudio.com`), Bitbucket Data Center
 * (`/scm/`), and the SSH hosts of GitHub and Bitbucket behind port 443.
 *
 * Never throws: what is no address is the same as nothing.
 */
export function sameRepository(one: string, other: string): boolean {
  const first = repositoryAddress(one)
  const second = repositoryAddress(other)
  return first !== undefined && second !== undefined && isSameAddress(first, second)
}

/** Where a repository is, without what may differ between addresses of it. */
export interface RepositoryAddress {
  /** Host and path, in lower case: `git.example.com/team/env`. */
  readonly key: string
  readonly protocol: 'web' | 'ssh' | 'git'
  /** Empty for the default port. */
  readonly port: string
}

/** Whether two addresses lead to the same repository. */
export const isSameAddress = (one: RepositoryAddress, other: RepositoryAddress): boolean =>
  one.key === other.key && (one.protocol !== other.protocol || one.port === other.port)

const maxLength = 2048

/** Reads an address; undefined for what is none, such as a folder of this machine. */
export function repositoryAddress(text: string): RepositoryAddress | undefined {
  if (typeof text !== 'string' || text.length > maxLength || /[\p{Cc}\s\\]/u.test(text.trim()))
    return undefined
  const url = URL.parse(withScheme(text.trim()))
  const protocol = url === null ? undefined : protocols[url.protocol]
  if (url === null || protocol === undefined || url.hostname === '') return undefined
  const parts = decoded(url.pathname)
    .toLowerCase()
    .split('/')
    .filter((part) => part !== '')
  const last = parts.at(-1)?.replace(/\.git$/, '')
  if (last === undefined || last === '' || parts.includes('..')) return undefined
  const host = url.hostname.toLowerCase().replace(/\.$/, '')
  const port = url.port === defaultPorts[protocol] ? '' : url.port
  return { protocol, ...known(host, [...parts.slice(0, -1), last], port) }
}

const protocols: Readonly<Record<string, RepositoryAddress['protocol']>> = {
  'http:': 'web',
  'https:': 'web',
  'ssh:': 'ssh',
  'git+ssh:': 'ssh',
  'git:': 'git',
}
/** Those of http and https are left out by URL itself. */
const defaultPorts = { web: '', ssh: '22', git: '9418' } as const

/** `git@host:path` is SSH; a colon behind a slash is part of a path. */
const withScheme = (text: string): string =>
  /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : text.replace(/^([^/:]{2,}):(?!\/\/)\/*/, 'ssh://$1/')

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** Brings the forms that a forge has for one repository together. */
function known(
  host: string,
  parts: readonly string[],
  port: string,
): { readonly key: string; readonly port: string } {
  const azure = azureParts(host, parts)
  if (azure !== undefined) return { key: ['dev.azure.com', ...azure].join('/'), port: '' }
  const alias = port === '443' ? aliases[host] : undefined
  if (alias !== undefined) return { key: [alias, ...parts].join('/'), port: '' }
  // Bitbucket Data Center, with or without a path before it; its SSH addresses have neither.
  const scm = parts.length >= 3 && parts.at(-3) === 'scm' ? parts.slice(-2) : parts
  return { key: [host, ...scm].join('/'), port }
}

const aliases: Readonly<Record<string, string>> = {
  'ssh.github.com': 'github.com',
  'altssh.gitlab.com': 'gitlab.com',
  'altssh.bitbucket.org': 'bitbucket.org',
}

/** Organization, project and repository. A project's repository of the same name may be addressed without the project. */
function azureParts(host: string, parts: readonly string[]): readonly string[] | undefined {
  const organization = /^([^.]+)\.visualstudio\.com$/.exec(host)?.[1]
  const isSsh = host === 'ssh.dev.azure.com' || host === 'vs-ssh.visualstudio.com'
  if (isSsh) return parts[0] === 'v3' ? parts.slice(1) : undefined
  if (host !== 'dev.azure.com' && organization === undefined) return undefined
  const path = organization === undefined ? parts : [organization, ...parts]
  const plain = path.filter((part, at) => !(at === 1 && part === 'defaultcollection'))
  const at = plain.indexOf('_git')
  const repository = plain[at + 1]
  if (at < 1 || repository === undefined) return undefined
  return [plain[0] ?? '', at === 1 ? repository : (plain[1] ?? ''), repository]
}
