import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

// One configuration for every package, run in the package's directory: the entry points are what its `exports`
// say, so the two cannot disagree. Declarations come from tsc (tsconfig.build.json).
interface PackageManifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as PackageManifest

const entry = Object.values(manifest.exports).flatMap((target) => {
  const source = typeof target === 'string' ? undefined : target['@mooring/source']
  return source === undefined ? [] : [[source.replace(/^\.\/src\/|\.ts$/g, ''), source] as const]
})

export default defineConfig({
  entry: Object.fromEntries(entry),
  format: 'esm',
  // `await using` is a syntax error on Node 22: es2023 makes esbuild write it out.
  target: 'es2023',
  platform: 'neutral',
  external: [/^node:/],
  // Some modules of Node have no other name than one with `node:`, as node:sqlite.
  removeNodeProtocol: false,
  sourcemap: true,
  clean: true,
  silent: true,
})
