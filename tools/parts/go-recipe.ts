import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CannotBeHad, type Recipe } from './part.ts'
import { findOnPath, isNetworkTrouble, printedBy, run, tailOf } from './run.ts'

/** What to build with Go. */
export interface GoBuild {
  /** A folder of `go/`, with a go.mod and a go.sum that name everything to the last byte. */
  readonly module: string
  /** Packages by the name of the executable. */
  readonly packages: Readonly<Record<string, string>>
  readonly cost: string
  /** Told to the linker besides leaving symbols out. */
  readonly linkerFlags?: readonly string[]
}

/** Builds executables from Go modules with the machine's Go, which fetches the newer Go it needs by itself from 1.21 on. */
export function goRecipe({ module, packages, cost, linkerFlags = [] }: GoBuild): Recipe {
  const folder = fileURLToPath(new URL(`go/${module}`, import.meta.url))
  const flags = [
    '-mod=readonly',
    '-buildvcs=false',
    '-trimpath',
    `-ldflags=${['-s', '-w', ...linkerFlags].join(' ')}`,
  ]
  return {
    id: `${module}-${digestOf(folder, [...flags, JSON.stringify(packages), process.platform, process.arch])}`,
    cost,
    lacks: () => {
      const version = findOnPath('go') === undefined ? undefined : printedBy('go', ['env', 'GOVERSION'])
      if (version === undefined) return 'there is no go on PATH to build it with'
      const minor = Number(/^go1\.(\d+)/.exec(version)?.[1] ?? 0)
      return minor >= 21 ? undefined : `its go is ${version.trim()}, and building takes 1.21 or later`
    },
    make: async (into, say) => {
      mkdirSync(join(into, 'bin'))
      for (const [name, path] of Object.entries(packages)) {
        say(`go build ${path}`)
        const built = await run('go', ['build', ...flags, '-o', join(into, 'bin', name), path], {
          cwd: folder,
          env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GO111MODULE: 'on' },
        })
        if (built.code === 0) continue
        const failure = `go build ${path} ended with ${built.code}:\n${tailOf(built.output)}`
        throw isNetworkTrouble(built.output) ? new CannotBeHad(failure) : new Error(failure)
      }
    },
  }
}

function digestOf(folder: string, more: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(folder, file))).update('\0')
  return hash.update(more.join('\0')).digest('hex').slice(0, 12)
}
