import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'

const controlPlane = sharedControlPlane({ controllers: false, audit: false })
const run = promisify(execFile)

const child = (program: string, ...args: readonly string[]) =>
  run(
    process.execPath,
    [
      '--expose-gc',
      '--conditions=@mooring/source',
      fileURLToPath(new URL(program, import.meta.url)),
      ...args,
    ],
    { timeout: 100_000 },
  )

test('of a watched object less than 3 kB are kept, whatever its size, and nothing after its cluster is disposed', async () => {
  const namespace = await controlPlane().createNamespace()
  const { stdout } = await child('watch-many.ts', controlPlane().kubeconfigFile, namespace, '5000')
  const { perObject, leftPerObject, observed } = JSON.parse(stdout) as Record<string, number>
  expect(observed).toBe(5_000)
  expect(perObject).toBeLessThan(3_000)
  expect(leftPerObject).toBeLessThan(500)
}, 120_000)

test('a process whose engine was stopped ends by itself', async () => {
  const namespace = await controlPlane().createNamespace()
  const { stdout } = await child('stop-engine.ts', controlPlane().kubeconfigFile, namespace)
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'synced' })
}, 120_000)
