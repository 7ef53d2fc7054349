import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Package, root } from '../workspace/packages.ts'
import { run } from './run.ts'

/** Packs each package below a folder, as publishing would, and gives the tarballs by package name. */
export async function packAll(
  packages: readonly Package[],
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  mkdirSync(folder, { recursive: true })
  const packed = await Promise.all(
    packages.map(async ({ folder: source, manifest }) => {
      const tarball = join(folder, `${manifest.name.replace('@', '').replace('/', '-')}.tgz`)
      await run('pnpm', ['pack', '--silent', '--out', tarball], { cwd: join(root, source) })
      return [manifest.name, tarball] as const
    }),
  )
  return new Map(packed)
}
