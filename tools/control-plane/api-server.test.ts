import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { sharedControlPlane } from './for-tests.ts'
import { type ControlPlane, startControlPlane } from './index.ts'

const configMaps = '/api/v1/namespaces/default/configmaps'
const configMap = (name: string): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })

describe('an API server without controllers', () => {
  const controlPlane = sharedControlPlane({
    controllers: false,
    apiServerFlags: ['--min-request-timeout=60'],
  })

  test('shows who may do everything that everything is allowed', async () => {
    const { admin } = controlPlane()
    expect((await admin.call('GET', '/api/v1/secrets')).status).toBe(200)
  })

  test('refuses an ordinary user what no rule allows', async () => {
    const reader = await controlPlane().addUser({
      name: 'reader',
      rules: [{ verbs: ['get', 'list'], apiGroups: ['apps'], resources: ['deployments'] }],
    })
    expect((await reader.call('GET', '/apis/apps/v1/deployments')).status).toBe(200)
    const refused = await reader.call('GET', '/api/v1/secrets')
    expect([refused.status, refused.body.reason]).toEqual([403, 'Forbidden'])
  })

  test('keeps a user with rules in one namespace to that', async () => {
    const { createNamespace, addUser } = controlPlane()
    const namespace = await createNamespace()
    const rules = [{ verbs: ['*'], resources: ['configmaps'] }]
    const writer = await addUser({ name: 'writer', namespace, rules })
    const body = configMap('one')
    expect((await writer.call('POST', `/api/v1/namespaces/${namespace}/configmaps`, { body })).status).toBe(
      201,
    )
    expect((await writer.call('POST', configMaps, { body })).status).toBe(403)
  })

  test('knows the groups of a user', async () => {
    const { call } = await controlPlane().addUser({ name: 'grouped', groups: ['ops'] })
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
    const { body: review } = await call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { body })
    expect(review.status.userInfo).toMatchObject({
      username: 'grouped',
      groups: ['ops', 'system:authenticated'],
    })
  })

  test('counts exactly what a user asked', async () => {
    const { addUser, requestCounts } = controlPlane()
    const { call } = await addUser({ name: 'counted' })
    await call('GET', '/apis')
    await call('GET', configMaps)
    await call('GET', `${configMaps}/none`)
    await call('GET', `${configMaps}/none`)
    await call('GET', '/apis/apps/v1/namespaces/default/deployments/web/status')
    const counts = {
      'get /apis': 1,
      'list configmaps': 1,
      'get configmaps': 2,
      'get deployments.apps/status': 1,
    }
    expect(await requestCounts({ user: 'counted' })).toEqual(counts)
    expect(await requestCounts({ user: 'counted', after: 4 })).toEqual({ 'get deployments.apps/status': 1 })
  })

  test('has its data, users and address after it was killed and started again', async () => {
    const { admin, addUser, apiServer } = controlPlane()
    const rules = [{ verbs: ['get'], resources: ['configmaps'] }]
    const reader = await addUser({ name: 'later-reader', rules })
    await admin.call('POST', configMaps, { body: configMap('kept') })
    await apiServer.kill()
    await expect(admin.call('GET', configMaps)).rejects.toThrow()
    await apiServer.start()
    expect((await reader.call('GET', `${configMaps}/kept`)).status).toBe(200)
  })

  test('answers nobody while it is halted, and everybody afterwards', async () => {
    const { admin, apiServer } = controlPlane()
    apiServer.pause()
    await expect(admin.call('GET', configMaps, { timeoutMs: 300 })).rejects.toThrow('no answer within 300 ms')
    apiServer.resume()
    expect((await admin.call('GET', configMaps)).status).toBe(200)
  })
})

test('nothing is left of a control plane that was stopped', async () => {
  const controlPlane = await startControlPlane({ controllers: false })
  const traces = tracesOf(controlPlane)
  expect(traces.alive()).toEqual(['kube-apiserver', 'etcd', 'watchdog'])
  await controlPlane.stop()
  expect(traces.alive()).toEqual([])
  expect(traces.folderIsThere()).toBe(false)
}, 60_000)

test('nothing is left of a control plane whose program was killed', async () => {
  const program = spawn(
    process.execPath,
    [
      '--conditions=@mooring/source',
      '--input-type=module',
      '--eval',
      `import { startControlPlane } from ${JSON.stringify(new URL('index.ts', import.meta.url).href)}
       const { pids, kubeconfigFile } = await startControlPlane({ controllers: false })
       console.log(JSON.stringify({ pids: pids(), kubeconfigFile }))`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const [line] = (await once(createInterface(program.stdout), 'line')) as [string]
  const { pids, kubeconfigFile } = JSON.parse(line)
  const traces = tracesOf({ pids: () => pids, kubeconfigFile })
  expect(traces.alive()).toEqual(['kube-apiserver', 'etcd', 'watchdog'])
  program.kill('SIGKILL')
  await expect.poll(traces.alive, { timeout: 50_000 }).toEqual([])
  expect(traces.folderIsThere()).toBe(false)
}, 60_000)

test('a component that does not start is named with its last words', async () => {
  const starting = startControlPlane({ controllers: false, apiServerFlags: ['--no-such-flag'] })
  await expect(starting).rejects.toThrow(
    /^kube-apiserver ended \(exit code 1\).*unknown flag: --no-such-flag/s,
  )
}, 60_000)

function tracesOf({ pids, kubeconfigFile }: Pick<ControlPlane, 'pids' | 'kubeconfigFile'>): {
  readonly alive: () => readonly string[]
  readonly folderIsThere: () => boolean
} {
  const known = pids()
  return {
    alive: () => Object.keys(known).filter((name) => isAlive(known[name] ?? 0)),
    folderIsThere: () => existsSync(dirname(kubeconfigFile)),
  }
}

function isAlive(pid: number): boolean {
  const status = `/proc/${pid}/status`
  try {
    // In a container whose first process collects nobody, the dead keep their number.
    if (existsSync(status) && /^State:\s+Z/m.test(readFileSync(status, 'utf8'))) return false
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
