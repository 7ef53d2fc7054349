import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the workspace, without a slash at the end. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** What this workspace reads from a package.json. */
export interface Manifest {
  readonly name: string
  readonly version?: string
  readonly private?: boolean
  readonly type?: string
  readonly main?: string
  readonly license?: string
  readonly sideEffects?: boolean
  readonly files?: readonly string[]
  readonly engines?: Readonly<Record<string, string>>
  readonly repository?: { readonly directory?: string }
  readonly exports?: Exports
  readonly bin?: Readonly<Record<string, string>>
  readonly publishConfig?: { readonly exports?: Exports; readonly bin?: Readonly<Record<string, string>> }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** An `exports` field: conditions by subpath, or a plain file. */
export type Exports = Readonly<Record<string, string | Readonly<Record<string, string>>>>

/** One member of the workspace. */
export interface Package {
  /** Relative to the root: `packages/core`. */
  readonly folder: string
  readonly manifest: Manifest
}

/** What is published. */
export const published: readonly Package[] = readdirSync(join(root, 'packages'))
  .filter((name) => existsSync(join(root, 'packages', name, 'package.json')))
  .map((name) => packageIn(`packages/${name}`))

/** What only the workspace uses. */
export const internal: readonly Package[] = ['examples', 'bench', 'tools'].map(packageIn)

/** Subpaths of a package that hold code: `.` and `./testing`, but not `./package.json`. */
export const entryPointsOf = (manifest: Manifest): readonly string[] =>
  Object.entries(manifest.exports ?? {}).flatMap(([subpath, target]) =>
    typeof target === 'string' ? [] : [subpath],
  )

/** TypeScript files below a folder, relative to the root; an absent folder has none. */
export function sourceFiles(folder: string): readonly string[] {
  const path = join(root, folder)
  if (!existsSync(path)) return []
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !/(^|\/)(node_modules|dist|fixtures|\.tmp)\//.test(file))
    .sort()
}

/** The text of a file of the workspace. */
export function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

function packageIn(folder: string): Package {
  return { folder, manifest: JSON.parse(textOf(`${folder}/package.json`)) as Manifest }
}
