import { readdirSync } from 'node:fs'
import { configDefaults, defineConfig } from 'vitest/config'
import { missingParts } from './tools/parts/parts.ts'

// Packages resolve each other to their sources: no test needs a build.
const conditions = ['@mooring/source', 'module', 'node', 'development|production']

const report = process.env.MOORING_TEST_REPORT

const project = (name: string, ...include: string[]) => ({
  extends: true as const,
  test: {
    name,
    include,
    exclude: [...configDefaults.exclude, ...missingParts.flatMap((part) => part.tests)],
  },
})

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@mooring/source', 'node'] } },
  test: {
    environment: 'node',
    globalSetup: ['tools/parts/report-missing.ts'],
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
