import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { TestRepository } from '../../../../tools/git-repository/index.ts'

/** A key made by the real ssh-keygen. */
export interface SigningKey {
  readonly path: string
  /** `ssh-ed25519 AAAA… comment` */
  readonly publicKey: string
}

/** A folder for keys that goes when the test ends. */
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-keys-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Makes a key: `newKey('rsa', '3072')`. */
export async function newKey(type = 'ed25519', bits?: string): Promise<SigningKey> {
  const path = join(await newFolder(), 'key')
  const size = bits === undefined ? [] : ['-b', bits]
  const keygen = spawn('ssh-keygen', [
    '-q',
    '-t',
    type,
    ...size,
    '-N',
    '',
    '-C',
    'ada@example.com',
    '-f',
    path,
  ])
  const [code] = (await once(keygen, 'close')) as [number]
  if (code !== 0) throw new Error(`ssh-keygen ended with ${code}`)
  return { path, publicKey: (await readFile(`${path}.pub`, 'utf8')).trim() }
}

/** How to make a signed commit. */
export interface SignedCommitOptions {
  readonly key?: SigningKey
  readonly message?: string
  readonly parents?: readonly string[]
  /** Options of Git itself: `['-c', 'i18n.commitEncoding=latin1']`. */
  readonly options?: readonly string[]
  /** Default `main`; null leaves every branch where it is. */
  readonly branch?: string | null
}

/** Commits with the real Git, signed if there is a key, with files that differ each time. Gives the commit id. */
export async function commitSigned(
  repository: TestRepository,
  { key, message = 'change', parents, options = [], branch = 'main' }: SignedCommitOptions = {},
): Promise<string> {
  const { git } = repository
  const tip = await git(['rev-parse', '--verify', '--quiet', 'refs/heads/main']).catch(() => '')
  const before = parents ?? (tip === '' ? [] : [tip])
  const blob = await git(['hash-object', '-w', '--stdin'], `${message} ${before.join(' ')}`)
  const tree = await git(['mktree'], `100644 blob ${blob}\ta.yaml\n`)
  const id = await git(
    [
      ...options,
      ...signingOptions(key),
      'commit-tree',
      ...(key === undefined ? [] : ['-S']),
      ...before.flatMap((parent) => ['-p', parent]),
      tree,
    ],
    message,
  )
  if (branch !== null) await git(['update-ref', `refs/heads/${branch}`, id])
  return id
}

/** Makes a tag signed by the real Git. */
export async function tagSigned(repository: TestRepository, name: string, key: SigningKey, at = 'main') {
  await repository.git([...signingOptions(key), 'tag', '--force', '-s', '-m', `Release ${name}`, name, at])
}

/** Whether the real Git takes an object for signed by one of these lines. */
export async function gitVerifies(
  repository: TestRepository,
  lines: string,
  id: string,
  command: 'verify-commit' | 'verify-tag' = 'verify-commit',
): Promise<boolean> {
  const file = join(await newFolder(), 'allowed')
  await writeFile(file, `${lines}\n`)
  return repository
    .git(['-c', 'gpg.format=ssh', '-c', `gpg.ssh.allowedSignersFile=${file}`, command, id])
    .then(() => true)
    .catch(() => false)
}

/** An object as Git stores it. */
export async function rawOf(
  repository: TestRepository,
  id: string,
  type: 'commit' | 'tag' = 'commit',
): Promise<Buffer> {
  const git = spawn('git', ['cat-file', type, id], { cwd: repository.path })
  const chunks: Buffer[] = []
  for await (const chunk of git.stdout) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Writes an object, whatever is in it. Gives its id. */
export const writeObject = (
  repository: TestRepository,
  raw: Uint8Array | string,
  type: 'commit' | 'tag' = 'commit',
): Promise<string> => repository.git(['hash-object', '-t', type, '-w', '--stdin', '--literally'], raw)

const signingOptions = (key: SigningKey | undefined): readonly string[] =>
  key === undefined ? [] : ['-c', 'gpg.format=ssh', '-c', `user.signingkey=${key.path}`]
