import { expect, test } from 'vitest'
import { helmPath } from './helm.ts'
import { run } from './run.ts'

test('helm is Helm 4', async () => {
  expect((await run(await helmPath(), ['version', '--short'])).stdout).toMatch(/^v4\./)
})
