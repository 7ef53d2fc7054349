import { readdirSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

// Packages resolve each other to their sources: no test needs a build.
const conditions = ['@mooring/source', 'module', 'node', 'development|production']

const report = process.env.MOORING_TEST_REPORT

const project = (name: string, ...include: string[]) => ({
  extends: true as const,
  test: { name, include },
})

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@mooring/source', 'node'] } },
  test: {
    environment: 'node',
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
