import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kubernetesCluster, manifests } from '@mooring/adapter-kubernetes'
import { createEngine, defineApplication, memoryStore } from '@mooring/core'
import { memorySource } from '@mooring/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { sharedControlPlane } from '../../../tools/control-plane/for-tests.ts'
import type { Assignment } from './approving-agent.ts'

const controlPlane = sharedControlPlane({ controllers: false })

const configMap = (name: string, value: string): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } })

/** Runs an agent to its end, however that comes. */
function agent(
  assignment: Assignment,
): Promise<{ readonly lines: readonly string[]; readonly signal: string | null }> {
  const program = new URL('./approving-agent.ts', import.meta.url).pathname
  const child = spawn(
    process.execPath,
    ['--conditions=@mooring/source', '--no-warnings', program, JSON.stringify(assignment)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  onTestFinished(() => void child.kill('SIGKILL'))
  let text = ''
  child.stdout.on('data', (data: Buffer) => {
    text += data.toString()
  })
  return new Promise((resolve) => {
    child.on('close', (_, signal) => resolve({ lines: text.trim().split('\n'), signal }))
  })
}

test('a plan approved on a busy branch runs exactly as approved, also through a kill -9 in the middle', {
  timeout: 60_000,
}, async () => {
  const { admin, createNamespace } = controlPlane()
  const namespace = await createNamespace()
  const folder = await mkdtemp(join(tmpdir(), 'mooring-approval-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const assignment: Assignment = {
    kubeconfig: admin.kubeconfig,
    store: join(folder, 'mooring.db'),
    namespace,
    files: Object.fromEntries(names.map((name) => [`app/${name}.yaml`, configMap(name, '1')])),
  }
  const live = async (): Promise<readonly string[]> => {
    const { body } = await admin.call('GET', `/api/v1/namespaces/${namespace}/configmaps`)
    const found = body.items.map((item: { metadata: { name: string } }) => item.metadata.name)
    return found.filter((name: string) => names.includes(name))
  }
  const killed = await agent({ ...assignment, approve: { afterCommits: 20, writes: 3 } })
  expect(killed.signal).toBe('SIGKILL')
  const [planId] = killed.lines
  expect(await live()).toHaveLength(3)

  const again = await agent(assignment)
  const { lastOperation, history } = JSON.parse(again.lines[0] ?? '')
  expect(await live()).toEqual(names)
  expect(lastOperation).toMatchObject({ outcome: 'synced' })
  // One operation, by one approval: nothing else was planned, held or asked for in between.
  expect(history).toMatchObject([
    { cause: 'commit', planId, approvedBy: 'grace', outcome: 'synced' },
    { cause: 'approval', planId, actor: 'grace', outcome: 'recorded' },
  ])
})

test('an edit of a live object after the approval makes it stale, and the hold says which', {
  timeout: 30_000,
}, async () => {
  const { admin, createNamespace } = controlPlane()
  const namespace = await createNamespace()
  const cluster = kubernetesCluster({ kubeconfig: { text: admin.kubeconfig } })
  const engine = createEngine({ store: memoryStore(), installation: namespace })
  onTestFinished(async () => {
    await engine.stop({ drainMs: 1_000 })
    await cluster[Symbol.asyncDispose]()
  })
  const source = memorySource({
    pollMs: 50,
    files: { 'app/a.yaml': configMap('a', '1'), 'app/b.yaml': configMap('b', '1') },
  })
  const define = (approval: 'never' | 'always') =>
    defineApplication({
      name: 'shop',
      source,
      path: 'app',
      renderer: manifests(),
      target: cluster.target({ namespace }),
      sync: { approval, intervalMs: 3_600_000 },
    })
  engine.add(define('never'))
  await engine.start()
  await engine.sync('shop', { actor: 'ada', timeoutMs: 20_000 })
  engine.replace(define('always'))
  source.commit({ 'app/a.yaml': configMap('a', '2'), 'app/b.yaml': configMap('b', '2') })
  const holdCode = async () => (await engine.status('shop')).holds[0]?.code
  await expect.poll(holdCode, { timeout: 10_000, interval: 20 }).toBe('APPROVAL_NEEDED')
  await engine.suspend('shop', { actor: 'ada' })
  await engine.approve((await engine.plan('shop')).id, { actor: 'grace' })
  const path = `/api/v1/namespaces/${namespace}/configmaps`
  const body = { data: { value: 'by hand' } }
  await admin.call('PATCH', `${path}/b`, { body, contentType: 'application/merge-patch+json' })
  await engine.resume('shop', { actor: 'ada' })
  await expect.poll(holdCode, { timeout: 10_000, interval: 20 }).toBe('APPROVAL_STALE')
  const [hold] = (await engine.status('shop')).holds
  expect(hold?.message).toMatch(/grace.*changed on the target since then: ConfigMap [^ ]*\/b/)
  const values = await Promise.all(
    ['a', 'b'].map(async (name) => (await admin.call('GET', `${path}/${name}`)).body.data.value),
  )
  expect(values).toEqual(['1', 'by hand'])
})
