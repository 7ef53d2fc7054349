import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { codeOf, importsOf, packageNameOf, resolveRelative } from '../tools/workspace/imports.ts'
import {
  type Exports,
  internal,
  type Package,
  published,
  root,
  sourceFiles,
  textOf,
} from '../tools/workspace/packages.ts'

const coreMayImport = ['@noble/hashes', 'croner', 'eventemitter3', 'fast-json-patch', 'p-queue']

/** Imports between siblings other than of core, which every package may import. */
const siblingImports: Readonly<Record<string, readonly string[]>> = {
  '@mooring/adapter-helm': ['@mooring/adapter-kubernetes'],
}

/** The command line wires everything together, prints and reads its environment. */
const mayDoAnything = ['mooring']

/** Source files that may be longer than the limit, each with the reason. */
const longFiles: Readonly<Record<string, string>> = {}
const maxLines = 300

const libraries = published.filter(({ manifest }) => !mayDoAnything.includes(manifest.name))
const sources = published.flatMap(({ folder }) => sourceFiles(`${folder}/src`))
const librarySources = libraries.flatMap(({ folder }) => sourceFiles(`${folder}/src`))
const everything = [
  ...published.flatMap(({ folder }) => sourceFiles(folder)),
  ...internal.flatMap(({ folder }) => sourceFiles(folder)),
  ...sourceFiles('test'),
]

/** `file imports x`, for every import that breaks a rule. */
const importing = (files: readonly string[], isWrong: (specifier: string, file: string) => boolean) =>
  files.flatMap((file) =>
    importsOf(file)
      .filter((specifier) => isWrong(specifier, file))
      .map((specifier) => `${file} imports ${specifier}`),
  )

const containing = (files: readonly string[], pattern: RegExp) =>
  files.filter((file) => pattern.test(codeOf(file)))

describe('import directions', () => {
  test('core imports five packages from npm and no sibling', () => {
    const wrong = importing(sourceFiles('packages/core/src'), (specifier) => {
      const name = packageNameOf(specifier)
      return name !== undefined && !coreMayImport.includes(name)
    })
    expect(wrong).toEqual([])
  })

  test('core imports no module of Node outside its contract kit', () => {
    const files = sourceFiles('packages/core/src').filter((file) => !file.includes('/src/testing/'))
    expect(importing(files, (specifier) => specifier.startsWith('node:'))).toEqual([])
  })

  test('nothing in core but the contract kit imports the contract kit', () => {
    const files = sourceFiles('packages/core/src').filter((file) => !file.includes('/src/testing/'))
    const wrong = importing(
      files,
      (specifier, file) =>
        specifier.startsWith('.') && resolveRelative(file, specifier).includes('core/src/testing/'),
    )
    expect(wrong).toEqual([])
  })

  test('a package imports no sibling but core', () => {
    const wrong = libraries.flatMap(({ folder, manifest }) => {
      const allowed = ['@mooring/core', ...(siblingImports[manifest.name] ?? [])]
      return importing(sourceFiles(`${folder}/src`), (specifier) => {
        const name = packageNameOf(specifier)
        return name?.startsWith('@mooring/') === true && !allowed.includes(name)
      })
    })
    expect(wrong).toEqual([])
  })

  test('a package reaches another by its name, never by a path', () => {
    const wrong = published.flatMap(({ folder }) =>
      importing(
        sourceFiles(`${folder}/src`),
        (specifier, file) =>
          specifier.startsWith('.') && !resolveRelative(file, specifier).startsWith(`${folder}/src/`),
      ),
    )
    expect(wrong).toEqual([])
  })

  test('a bundle of core for a neutral platform resolves', async () => {
    const bundle = await build({
      entryPoints: [join(root, 'packages/core/src/index.ts')],
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      // fast-json-patch has no `exports`; a neutral platform reads no other field unless told to.
      mainFields: ['module', 'main'],
      conditions: ['@mooring/source'],
      write: false,
      metafile: true,
      logLevel: 'silent',
    })
    const external = Object.values(bundle.metafile.inputs)
      .flatMap((input) => input.imports)
      .filter((imported) => imported.external === true)
    expect(external).toEqual([])
  })
})

describe('source files', () => {
  test('the pipeline has no asynchronous function', () => {
    expect(containing(sourceFiles('packages/core/src/pipeline'), /\basync\b|\bawait\b/)).toEqual([])
  })

  test('no file has a name that says nothing', () => {
    const meaningless = /(^|\/)(utils?|helpers?|types?|manager|misc|common|shared|lib)(\/|\.ts$)/
    expect(everything.filter((file) => meaningless.test(file))).toEqual([])
  })

  test('file names are in kebab-case', () => {
    expect(everything.filter((file) => /[A-Z_]/.test(file))).toEqual([])
  })

  test('packages write to no console and read no environment', () => {
    expect(containing(librarySources, /\bconsole\.|\bprocess\.env\b/)).toEqual([])
  })

  test('packages export by name', () => {
    expect(containing(sources, /^export default\b|\bas default\b/m)).toEqual([])
  })

  test(`source files have at most ${maxLines} lines`, () => {
    const long = sources.filter((file) => textOf(file).trimEnd().split('\n').length > maxLines)
    expect(long.sort()).toEqual(Object.keys(longFiles).sort())
  })
})

describe.for(published.map((member) => [member.manifest.name, member] as const))('%s', ([, member]) => {
  const { folder, manifest } = member

  test('declares what its sources import, and nothing else', () => {
    const declared = [
      ...Object.keys(manifest.dependencies ?? {}),
      ...Object.keys(manifest.peerDependencies ?? {}),
    ]
    expect(namesImported(member, `${folder}/src`)).toEqual(declared.toSorted())
  })

  test('declares what its tests import', () => {
    const declared = Object.keys({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      [manifest.name]: 'itself',
    })
    const missing = namesImported(member, `${folder}/test`).filter((name) => !declared.includes(name))
    expect(missing).toEqual([])
  })

  test('has core as a peer', () => {
    const isPeer = manifest.peerDependencies?.['@mooring/core'] !== undefined
    expect(isPeer).toBe(manifest.name !== '@mooring/core' && !mayDoAnything.includes(manifest.name))
  })

  test('exports files that exist, under the same names in the workspace and when published', () => {
    const inWorkspace = manifest.exports ?? {}
    for (const [subpath, target] of Object.entries(inWorkspace)) {
      if (typeof target === 'string') continue
      const stem = target['@mooring/source']?.replace(/^\.\/src\/|\.ts$/g, '')
      expect(existsSync(join(root, folder, 'src', `${stem}.ts`)), `${subpath} of ${manifest.name}`).toBe(true)
      // The condition that leads to the sources comes first: the first that matches wins.
      expect(Object.entries(target)).toEqual([
        ['@mooring/source', `./src/${stem}.ts`],
        ['types', `./dist/${stem}.d.ts`],
        ['default', `./dist/${stem}.js`],
      ])
    }
    expect(manifest.publishConfig?.exports).toEqual(withoutSources(inWorkspace))
    expect(inWorkspace['./package.json']).toBe('./package.json')
  })

  test('is described the way all packages are', () => {
    expect(manifest).toMatchObject({
      type: 'module',
      license: 'Apache-2.0',
      sideEffects: false,
      files: ['dist'],
      engines: { node: '>=22.19' },
    })
    expect(manifest.main).toBeUndefined()
    expect(existsSync(join(root, folder, 'README.md')), `${folder}/README.md`).toBe(true)
  })
})

test('all packages are released together', () => {
  const { fixed } = JSON.parse(textOf('.changeset/config.json')) as { fixed: readonly string[][] }
  expect(fixed.map((group) => group.toSorted())).toEqual([
    published.map(({ manifest }) => manifest.name).toSorted(),
  ])
  expect(new Set(published.map(({ manifest }) => manifest.version)).size).toBe(1)
})

test.for(internal.map((member) => [member.folder, member] as const))(
  '%s declares what it imports',
  ([folder, member]) => {
    const { manifest } = member
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
    // Type checking, esbuild and vitest are the workspace's own.
    const shared = Object.keys(
      (JSON.parse(textOf('package.json')) as Package['manifest']).devDependencies ?? {},
    )
    const ours = shared.filter((name) => !name.startsWith('@mooring/'))
    const missing = namesImported(member, folder).filter((name) => ![...declared, ...ours].includes(name))
    expect(missing).toEqual([])
  },
)

/** Packages imported below a folder, sorted, without the package itself. */
function namesImported({ manifest }: Package, folder: string): readonly string[] {
  const names = sourceFiles(folder)
    .flatMap(importsOf)
    .map(packageNameOf)
    .filter((name) => name !== undefined)
  return [...new Set(names)].filter((name) => name !== manifest.name).sort()
}

function withoutSources(exports: Exports): Exports {
  return Object.fromEntries(
    Object.entries(exports).map(([subpath, target]) => {
      if (typeof target === 'string') return [subpath, target]
      return [
        subpath,
        Object.fromEntries(Object.entries(target).filter(([name]) => name !== '@mooring/source')),
      ]
    }),
  )
}
