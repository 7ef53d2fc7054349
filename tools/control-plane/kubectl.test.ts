import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { kubectlPath } from '../parts/kubectl.ts'
import { run } from '../parts/run.ts'
import { sharedControlPlane } from './for-tests.ts'

const controlPlane = sharedControlPlane({ controllers: false, audit: false })

test('kubectl reads and writes a control plane through its kubeconfig', async () => {
  const kubectl = await kubectlPath()
  const config = `--kubeconfig=${controlPlane().kubeconfigFile}`
  await run(kubectl, [config, 'create', 'configmap', 'made-by-kubectl', '--from-literal=key=value'])
  const { stdout } = await run(kubectl, [
    config,
    'get',
    'configmap',
    'made-by-kubectl',
    '--output=jsonpath={.data.key}',
  ])
  expect(stdout).toBe('value')
})

test('a user is known by a certificate as well as by a token', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mooring-kubeconfig-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'kubeconfig')
  const user = await controlPlane().addUser({ name: 'certified', groups: ['ops', 'night-shift'] })
  for (const kubeconfig of [user.kubeconfig, user.kubeconfigWithCertificate]) {
    writeFileSync(file, kubeconfig)
    const { stdout } = await run(await kubectlPath(), [
      `--kubeconfig=${file}`,
      'auth',
      'whoami',
      '--output=json',
    ])
    const { username, groups } = JSON.parse(stdout).status.userInfo
    expect([username, groups]).toEqual(['certified', ['ops', 'night-shift', 'system:authenticated']])
  }
})

test('requests are not counted where nobody records them', async () => {
  await expect(controlPlane().requestCounts()).rejects.toThrow('{ audit: false }')
})
