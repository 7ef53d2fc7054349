import { createHash } from 'node:crypto'
import { type TestRepository, testRepository } from '../../tools/git-repository/index.ts'

/** A size to measure. */
export interface Size {
  readonly name: string
  readonly files: number
  readonly folders: number
}

export const sizes: readonly Size[] = [
  { name: '200', files: 200, folders: 10 },
  { name: '5,000', files: 5_000, folders: 50 },
  { name: '50,000', files: 50_000, folders: 500 },
]

/** The folder that is looked at first: a hundred files, or twenty where there are few. */
export const onePath = 'apps/app-7'

/** Manifests of about a kilobyte, no two alike, packed as a forge packs them, behind a server that offers filters. */
export async function repositoryOf({ files, folders }: Size): Promise<TestRepository> {
  const repository = await testRepository()
  const all = Array.from({ length: files }, (_, at) => [
    `apps/app-${at % folders}/file-${at}.yaml`,
    manifest(at),
  ])
  await repository.commit({ files: Object.fromEntries(all) as Record<string, string> })
  for (let commit = 0; commit < 20; commit++) await commitThree(repository, commit)
  await repository.git(['config', 'uploadpack.allowFilter', 'true'])
  await repository.git(['repack', '-a', '-d', '--quiet', '--write-bitmap-index'])
  return repository
}

/** One commit that changes three files. */
export const commitThree = (repository: TestRepository, seed: number): Promise<string> =>
  repository.commit({
    files: Object.fromEntries(
      [0, 1, 2].map((at) => [`apps/app-${at}/file-${at}.yaml`, manifest(1_000_000 + seed * 3 + at)]),
    ),
  })

function manifest(seed: number): string {
  const lines = [`apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings-${seed}\ndata:`]
  for (let line = 0; line < 14; line++) {
    const value = createHash('sha256').update(`${seed}/${line}`).digest('hex')
    lines.push(`  setting-${line}: ${value}`)
  }
  return `${lines.join('\n')}\n`
}
