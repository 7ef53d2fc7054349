import type { EngineEvent } from '@mooring/core'
import { expect, test } from 'vitest'
import { sharedControlPlane } from '../../../tools/control-plane/for-tests.ts'
import { type SceneOptions, scene } from './scene.ts'

const controlPlane = sharedControlPlane()
const merge = 'application/merge-patch+json'
const applyPatch = 'application/apply-patch+yaml'

interface Shape {
  readonly replicas?: number
  readonly image?: number
  readonly ignore?: string
}
const deployment = ({ replicas, image = 1, ignore }: Shape): string => `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations: { example.com/of: 'web'${ignore === undefined ? '' : `, mooring.dev/ignore: '${ignore}'`} }
spec:
  ${replicas === undefined ? 'minReadySeconds: 0' : `replicas: ${replicas}`}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: 'registry.example.com/web:${image}' }] }
`
/** A Deployment that is as Git says, and somebody who works on it beside us. */
async function begun(shape: Shape, more: Partial<SceneOptions> = {}) {
  const given = await scene({
    controlPlane: controlPlane(),
    files: { 'app/web.yaml': deployment(shape) },
    ...more,
  })
  const { repository, namespace, call, told, engine } = given
  given.add('shop', 'app')
  await engine.start()
  await given.synced('shop', await repository.idOf())
  told.length = 0
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/web`
  const live = async () => (await call('GET', path)).body
  const replicas = async (): Promise<number> => (await live()).spec.replicas
  const scale = async (count: number, fieldManager = 'autoscaler'): Promise<unknown> =>
    call('PATCH', `${path}/scale?fieldManager=${fieldManager}`, {
      body: { spec: { replicas: count } },
      contentType: merge,
    })
  const patch = async (body: unknown): Promise<unknown> =>
    call('PATCH', `${path}?fieldManager=intruder`, { body, contentType: merge })
  /** What somebody else applies, by force. */
  const apply = async (manager: string, body: object): Promise<unknown> =>
    call('PATCH', `${path}?fieldManager=${manager}&force=true`, {
      body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, ...body },
      contentType: applyPatch,
    })
  const commit = async (changed: Shape): Promise<void> => {
    const id = await repository.commit({ files: { 'app/web.yaml': deployment(changed) } })
    await given.synced('shop', id)
  }
  /** Waits until a pass that began after now has found nothing to do. */
  const atRest = async (): Promise<void> => {
    await engine.sync('shop', { actor: 'ada' })
  }
  return { ...given, live, replicas, scale, patch, apply, commit, atRest }
}
const drifts = (told: readonly EngineEvent[]): number =>
  told.filter(({ type }) => type === 'drift.found').length
const imageOf = (object: { spec: { template: { spec: { containers: { image: string }[] } } } }): string =>
  object.spec.template.spec.containers[0]?.image.split(':')[1] ?? ''

test('an ignored field is made as Git says, and is somebody else’s from then on', async () => {
  const { replicas, scale, told, live, commit, atRest } = await begun(
    { replicas: 1 },
    { ignore: [{ kinds: ['Deployment'], names: ['web'], pointers: ['/spec/replicas'] }] },
  )
  expect(await replicas()).toBe(1)
  await scale(3)
  await atRest()
  expect([await replicas(), drifts(told)]).toEqual([3, 0])
  await commit({ replicas: 2, image: 2 })
  expect([await replicas(), imageOf(await live()), drifts(told)]).toEqual([3, '2', 0])
})

test('a field that only we own is not reset while it is ignored, also where it leaves the manifest', async () => {
  const { replicas, told, commit } = await begun({ replicas: 2, ignore: '/spec/replicas' })
  await commit({ replicas: 5, image: 2, ignore: '/spec/replicas' })
  expect(await replicas()).toBe(2)
  await commit({ image: 3, ignore: '/spec/replicas' })
  expect([await replicas(), drifts(told)]).toEqual([2, 0])
})

test('a rule that goes lets Git have the field back, and one that comes leaves it as it is', async () => {
  const { replicas, scale, commit, told } = await begun({ replicas: 1 }, { sync: { selfHeal: false } })
  await scale(3)
  await expect.poll(() => drifts(told), { timeout: 10_000 }).toBe(1)
  await commit({ replicas: 1, ignore: '/spec/replicas' })
  expect(await replicas()).toBe(3)
  await commit({ replicas: 1 })
  expect(await replicas()).toBe(1)
})

test('what the managers of a rule take is theirs, and what others take is healed', async () => {
  const { replicas, scale, told, atRest } = await begun({ replicas: 1, ignore: 'manager:autoscaler' })
  await scale(3)
  await atRest()
  expect([await replicas(), drifts(told)]).toEqual([3, 0])
  await scale(4)
  await atRest()
  expect([await replicas(), drifts(told)]).toEqual([4, 0])
})

test('what another manager takes under such a rule is drift all the same', async () => {
  const { replicas, scale, told } = await begun({ replicas: 1, ignore: 'manager:autoscaler' })
  await scale(3, 'somebody')
  await expect.poll(replicas, { timeout: 10_000 }).toBe(1)
  expect(drifts(told)).toBe(1)
})

test('a field that another applier took by force is left to it: told once, and never fought over', async () => {
  const { replicas, apply, told, live, atRest, commit, engine } = await begun({ replicas: 1 })
  await apply('another-engine', { spec: { replicas: 3 } })
  await expect.poll(() => drifts(told), { timeout: 10_000 }).toBe(1)
  await atRest()
  const { resourceVersion } = (await live()).metadata
  await atRest()
  expect([await replicas(), drifts(told)]).toEqual([3, 1])
  expect((await live()).metadata.resourceVersion).toBe(resourceVersion)
  expect((await engine.history('shop')).filter(({ cause }) => cause === 'drift')).toEqual([])
  // A commit is a decision of this side.
  await commit({ replicas: 2 })
  expect(await replicas()).toBe(2)
})

test('a person’s server-side apply with kubectl is drift, and healed', async () => {
  const { replicas, apply } = await begun({ replicas: 1 })
  await apply('kubectl', { spec: { replicas: 3 } })
  await expect.poll(replicas, { timeout: 10_000 }).toBe(1)
})

test('nobody hides a change by writing the annotation on the live object', async () => {
  const { replicas, patch } = await begun({ replicas: 1 })
  await patch({ metadata: { annotations: { 'mooring.dev/ignore': '/spec/replicas' } } })
  await patch({ spec: { replicas: 3 } })
  await expect.poll(replicas, { timeout: 10_000 }).toBe(1)
})

test('nobody hides a change by writing into the annotation that is ours', async () => {
  const { live, replicas, patch } = await begun({ replicas: 1, ignore: '/spec/paused' })
  await patch({
    metadata: { annotations: { 'mooring.dev/ignore': '/spec/replicas' } },
    spec: { replicas: 3 },
  })
  await expect.poll(replicas, { timeout: 10_000 }).toBe(1)
  expect((await live()).metadata.annotations['mooring.dev/ignore']).toBe('/spec/paused')
})
