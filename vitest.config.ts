import { readdirSync } from 'node:fs'
import { configDefaults, defineConfig } from 'vitest/config'
import { partsForTests } from './tools/parts/parts-for-tests.ts'

// Packages resolve each other to their sources: no test needs a build.
const conditions = ['@mooring/source', 'module', 'node', 'development|production']

const report = process.env.MOORING_TEST_REPORT

// Git, a Kubernetes control plane and the like: the first run on a machine makes or fetches what it lacks.
const { leftOut, path } = await partsForTests(process.argv.slice(2))

const project = (name: string, ...include: string[]) => ({
  extends: true as const,
  test: {
    name,
    include,
    exclude: [...configDefaults.exclude, ...leftOut.flatMap(({ files }) => files)],
  },
})

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@mooring/source', 'node'] } },
  test: {
    environment: 'node',
    // A bound for what hangs, and no measure of speed: a busy machine takes many times as long as a quiet one.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    globalSetup: ['tools/parts/report-left-out.ts'],
    provide: { leftOut },
    env: { PATH: path },
    // .ci/run counts the tests from this file.
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    execArgv: ['--conditions=@mooring/source'],
    projects: [
      ...readdirSync(new URL('packages', import.meta.url)).map((name) =>
        project(name, `packages/${name}/test/**/*.test.ts`),
      ),
      project('examples', 'examples/**/*.test.ts'),
      project('tools', 'tools/**/*.test.ts'),
      project('workspace', 'test/**/*.test.ts'),
    ],
  },
})
