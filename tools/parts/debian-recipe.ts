import { chmodSync, globSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CannotBeHad, type Recipe } from './part.ts'
import { findOnPath, isNetworkTrouble, type Ran, run, tailOf } from './run.ts'

/** What to take out of Debian packages. */
export interface DebianPackages {
  readonly packages: readonly string[]
  /** By name. Paths are relative to the root of the packages' files, in the environment too. */
  readonly executables: Readonly<
    Record<string, { readonly path: string; readonly env?: Readonly<Record<string, string>> }>
  >
  readonly cost: string
}

/**
 * Fetches Debian packages, with what they need and the machine does not have, and unpacks them without installing
 * anything: no root. Each executable is a script that tells the program where its libraries and files are.
 */
export function debianRecipe({ packages, executables, cost }: DebianPackages): Recipe {
  return {
    id: `debian-${packages.join('-')}-${process.arch}`,
    cost,
    lacks: () =>
      ['apt-get', 'dpkg'].every((name) => findOnPath(name) !== undefined)
        ? undefined
        : 'there is neither one on PATH nor an apt-get to fetch one with',
    make: async (folder, say) => {
      const archives = join(folder, 'archives')
      mkdirSync(archives)
      say(`apt-get download ${packages.join(' ')}`)
      await download(packages, archives)
      for (const archive of readdirSync(archives).filter((name) => name.endsWith('.deb')))
        demand(await run('dpkg', ['-x', join(archives, archive), join(folder, 'root')]), `dpkg -x ${archive}`)
      rmSync(archives, { recursive: true })
      writeScripts(executables, folder)
    },
  }
}

async function download(packages: readonly string[], archives: string): Promise<void> {
  const known = await install(packages, [])
  if (known.code === 0) return fetch(packages, known, [], archives)
  // The machine's lists are empty, as in a fresh container, or older than the archive: lists of our own.
  const own = [
    '-o',
    `Dir::State::Lists=${join(archives, 'lists')}`,
    '-o',
    `Dir::Cache=${join(archives, 'cache')}`,
  ]
  mkdirSync(join(archives, 'lists', 'partial'), { recursive: true })
  mkdirSync(join(archives, 'cache', 'archives', 'partial'), { recursive: true })
  demand(await run('apt-get', [...own, 'update']), 'apt-get update')
  const simulated = await install(packages, own)
  demand(simulated, `apt-get install --simulate ${packages.join(' ')}`)
  await fetch(packages, simulated, own, archives)
}

const install = (packages: readonly string[], options: readonly string[]): Promise<Ran> =>
  run('apt-get', [...options, 'install', '--simulate', '--yes', '--no-install-recommends', ...packages])

/** Fetches what an installation would have installed: the packages and whatever they need that is not there. */
async function fetch(
  packages: readonly string[],
  simulated: Ran,
  options: readonly string[],
  archives: string,
): Promise<void> {
  const needed = [...simulated.stdout.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? '')
  const wanted = [...new Set([...packages, ...needed])]
  const downloaded = await run('apt-get', [...options, 'download', ...wanted], { cwd: archives })
  demand(downloaded, `apt-get download ${wanted.join(' ')}`)
}

function demand({ code, output }: Ran, command: string): void {
  if (code === 0) return
  const failure = `${command} ended with ${code}:\n${tailOf(output)}`
  throw isNetworkTrouble(output) ? new CannotBeHad(failure) : new Error(failure)
}

function writeScripts(executables: DebianPackages['executables'], folder: string): void {
  mkdirSync(join(folder, 'bin'))
  const libraries = globSync('{usr/,}lib/{*-linux-gnu*,*/*/lib}', { cwd: join(folder, 'root') }).sort()
  for (const [name, { path, env = {} }] of Object.entries(executables)) {
    const lines = Object.entries(env).map(([variable, value]) => `export ${variable}="$root/${value}"`)
    const script = join(folder, 'bin', name)
    writeFileSync(
      script,
      [
        '#!/bin/sh',
        // Wherever the folder has been moved to. Nothing but the shell itself is needed.
        `root="\${0%/*}/../root"`,
        libraries.length === 0
          ? ''
          : `export LD_LIBRARY_PATH="${libraries.map((library) => `$root/${library}`).join(':')}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`,
        ...lines,
        `exec "$root/${path}" "$@"`,
        '',
      ].join('\n'),
    )
    chmodSync(script, 0o755)
  }
}
