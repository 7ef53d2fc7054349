import { describe, expect, test } from 'vitest'
import { sharedControlPlane } from '../../../tools/control-plane/for-tests.ts'
import { scene, service } from './scene.ts'

const controlPlane = sharedControlPlane()

describe('a rollout that never becomes ready', () => {
  test('waits without a worker, fails at its deadline with the reason of its container, and the next commit recovers it', async () => {
    const given = await scene({
      controlPlane: controlPlane(),
      files: { 'bad/web.yaml': service('web'), ...neighbours('1') },
    })
    const { engine, repository, told } = given
    given.add('bad', 'bad', { deadlineMs: 12_000 })
    for (const name of names) given.add(name, name)
    await engine.start()
    const first = await repository.idOf()
    await Promise.all(['bad', ...names].map((name) => given.synced(name, first)))

    const broken = await repository.commit({
      files: { 'bad/web.yaml': service('web', 'registry.example.com/web:broken') },
    })
    await expect
      .poll(async () => (await engine.status('bad')).operation?.revision.id, { timeout: 20_000 })
      .toBe(broken)

    // Meanwhile everybody else goes on: there are more of them than workers.
    const next = await repository.commit({ files: neighbours('2') })
    await Promise.all(names.map((name) => given.synced(name, next)))
    expect((await engine.status('bad')).operation?.revision.id).toBe(broken)

    await expect
      .poll(
        () =>
          told.filter((event) => event.type === 'operation.finished' && event.application === 'bad').at(-1),
        {
          timeout: 40_000,
        },
      )
      .toMatchObject({ outcome: 'failed', reasons: [expect.stringContaining('CrashLoopBackOff')] })

    const mended = await repository.commit({
      files: { 'bad/web.yaml': service('web', 'registry.example.com/web:2') },
    })
    await given.synced('bad', mended)
  })
})

const names = Array.from({ length: 20 }, (_, at) => `neighbour-${at}`)

function neighbours(text: string): Record<string, string> {
  const body = (name: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { text: '${text}' }\n`
  return Object.fromEntries(names.map((name) => [`${name}/config.yaml`, body(name)]))
}
