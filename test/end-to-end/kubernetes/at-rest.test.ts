import { expect, test } from 'vitest'
import { sharedControlPlane } from '../../../tools/control-plane/for-tests.ts'
import { scene, service } from './scene.ts'

const controlPlane = sharedControlPlane()

test('at rest nothing is asked of the API server, however often the interval passes, and an edit is healed all the same', async () => {
  const cp = controlPlane()
  const user = await cp.addUser({
    name: 'resting',
    rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
  })
  const names = Array.from({ length: 10 }, (_, at) => `s${at}`)
  const files = Object.fromEntries(names.map((name) => [`${name}/all.yaml`, service(name)]))
  const given = await scene({
    controlPlane: cp,
    files,
    sync: { intervalMs: 1_000 },
    kubeconfig: user.kubeconfig,
  })
  const { engine, told, call, namespace, repository } = given
  for (const name of names) given.add(name, name)
  await engine.start()
  const revision = await repository.idOf()
  await Promise.all(names.map((name) => given.synced(name, revision)))
  const passes = () => told.filter(({ type }) => type === 'pass.finished').length
  const rounds = async (count: number): Promise<void> => {
    const begun = passes()
    await expect
      .poll(() => passes() - begun, { timeout: 30_000 })
      .toBeGreaterThanOrEqual(count * names.length)
  }
  // Controllers still write to what has just become healthy.
  await rounds(2)

  const asked = (await cp.requests({ user: user.name })).length
  await rounds(5)
  const requests = (await cp.requests({ user: user.name })).slice(asked)
  expect(requests.filter(({ verb }) => verb !== 'watch')).toEqual([])

  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/s7`
  await call('PATCH', `${path}?fieldManager=intruder`, { body: { spec: { replicas: 4 } } })
  await expect.poll(async () => (await call('GET', path)).body.spec.replicas, { timeout: 10_000 }).toBe(1)
})
