import { type Change, systemClock } from '@mooring/core'
import { expect, test } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'
import type { KubernetesObject } from '../../src/objects/object.ts'
import { openSession } from '../../src/session.ts'
import { create } from '../../src/write/create.ts'
import type { Writer } from '../../src/write/writer.ts'
import { clusterScene } from '../cluster-scene.ts'

const controlPlane = sharedControlPlane({ controllers: false })

const absent = { kind: 'absent' } as const
const conflict = { code: 'EXPECTATION_NOT_MET', kind: 'conflict' }

test('creates what is absent, and once', async () => {
  const { create, apply, configMap, other, keyOf } = await clusterScene(controlPlane())
  const made = await create(configMap('a'))
  expect(made.owner).toMatchObject({ application: 'app' })
  await expect(apply('create', configMap('a'), absent)).rejects.toMatchObject(conflict)
  expect((await other.read(keyOf('a')))?.metadata.resourceVersion).toBe(made.version)
})

for (const [title, data] of [
  ['equal values', { color: 'blue' }],
  ['other values', { color: 'green' }],
  ['other fields', { size: '1' }],
  ['no fields', undefined],
] as const) {
  test(`an object that somebody made with ${title} since we looked is a conflict and stays untouched`, async () => {
    const { apply, configMap, other, keyOf, observeOne } = await clusterScene(controlPlane())
    expect(await observeOne(keyOf('a'))).toBeUndefined()
    const { data: _, ...empty } = configMap('a')
    await other.create(data === undefined ? empty : { ...empty, data })
    const before = await other.read(keyOf('a'))
    await expect(apply('create', configMap('a'), absent)).rejects.toMatchObject(conflict)
    expect(await other.read(keyOf('a'))).toEqual(before)
    expect((await observeOne(keyOf('a')))?.owner).toBeUndefined()
  })
}

test('a create whose answer was lost is found as ours, and a second one changes nothing', async () => {
  const { target, call, configMap, keyOf, observeOne, proxy, other, apply } = await clusterScene(
    controlPlane(),
  )
  await observeOne(keyOf('a'))
  const { desired } = await target.prepare([{ manifest: configMap('a') }], call)
  const [one] = desired
  if (one === undefined) throw new Error('not prepared')
  proxy.swallow('down')
  const ended = new AbortController()
  const change = {
    ...one,
    desired: one,
    action: 'create',
    reason: 'added',
    expects: absent,
    stage: 0,
  } as const
  const applying = target.apply(change, { ...call, signal: ended.signal })
  await expect.poll(() => other.read(keyOf('a'))).toBeDefined()
  ended.abort(new Error('enough'))
  await expect(applying).rejects.toThrow('enough')
  await proxy.restore()
  proxy.reset()
  const live = await other.read(keyOf('a'))
  await expect(apply('create', configMap('a'), absent)).rejects.toMatchObject(conflict)
  expect(await other.read(keyOf('a'))).toEqual(live)
  expect(await observeOne(keyOf('a'))).toMatchObject({
    uid: live?.metadata.uid,
    owner: { application: 'app' },
  })
})

test('what a namespace that is missing says is no conflict', async () => {
  const { apply, configMap } = await clusterScene(controlPlane())
  const manifest = configMap('a')
  const elsewhere = { ...manifest, metadata: { name: 'a', namespace: 'not-there' } }
  await expect(apply('create', elsewhere, absent)).rejects.toMatchObject({ code: 'NAMESPACE_MISSING' })
})

/** A real API server that never sees the version which makes a create exclusive, as one that does not know what it means. */
async function ignorant(namespace: string, answer?: 'refuses' | 'finds a conflict') {
  const session = openSession({
    kubeconfig: { text: controlPlane().admin.kubeconfig },
    clock: systemClock,
    maxConnections: 4,
    staleMs: 90_000,
  })
  const told: string[] = []
  const api: Writer['api'] = {
    ...session.api,
    call: async (request) => {
      const body = request.body as KubernetesObject | undefined
      if (request.method !== 'PATCH' || body?.metadata?.resourceVersion !== '1')
        return session.api.call(request)
      const { resourceVersion, ...metadata } = body.metadata
      told.push(resourceVersion ?? '')
      if (answer === undefined) return session.api.call({ ...request, body: { ...body, metadata } })
      const failure =
        answer === 'refuses'
          ? { status: 500, reason: '', message: 'resourceVersion should not be set on objects to be created' }
          : { status: 409, reason: 'Conflict', message: 'the object has been modified' }
      return { ok: false, status: failure.status, failure: { ...failure, causes: [], details: {} } }
    },
  }
  return { session, api, told, namespace }
}

async function creating(answer?: 'refuses' | 'finds a conflict') {
  const scene = await clusterScene(controlPlane())
  const { session, api } = await ignorant(scene.namespace, answer)
  const { call, target, configMap, namespace } = scene
  const run = async (manifest: KubernetesObject = configMap('a')) => {
    const { desired } = await target.prepare([{ manifest }], call)
    const [one] = desired
    const type = await session.discovery.typeOf(manifest, call)
    if (one === undefined || type === undefined) throw new Error('not prepared')
    const change: Change<KubernetesObject> = {
      key: one.key,
      label: one.label,
      desired: one,
      action: 'create',
      reason: 'added',
      expects: absent,
      stage: 0,
    }
    try {
      return await create({ api, live: session.live, type, change, call }, manifest)
    } finally {
      await session.close()
    }
  }
  return { ...scene, run, namespace }
}

for (const answer of ['refuses', 'finds a conflict'] as const) {
  test(`a server that ${answer} where a version is named in a create is asked without`, async () => {
    const { run, keyOf, other } = await creating(answer)
    expect(await run()).toMatchObject({ outcome: 'changed' })
    expect(await other.read(keyOf('a'))).toMatchObject({ data: { color: 'blue' } })
  })
}

test('where the server ignores the condition, what was added to an equal object of somebody else is taken back exactly', async () => {
  const { run, keyOf, other, configMap } = await creating()
  await other.create({ ...configMap('a', { color: 'blue', theirs: 'yes' }) })
  await expect(run(configMap('a', { color: 'blue', ours: 'too' }))).rejects.toMatchObject(conflict)
  const live = await other.read(keyOf('a'))
  expect(live?.['data']).toEqual({ color: 'blue', theirs: 'yes' })
  expect(live?.metadata.labels).toBeUndefined()
  expect(live?.metadata.annotations).toBeUndefined()
  expect(live?.metadata.managedFields?.map(({ manager }) => manager)).toEqual(['intruder'])
})

test('where the server ignores the condition, our own create that landed late is left as it is', async () => {
  const { run, keyOf, other, configMap, apply } = await creating()
  await apply('create', configMap('a'), absent)
  const before = await other.read(keyOf('a'))
  await expect(run()).rejects.toMatchObject(conflict)
  expect(await other.read(keyOf('a'))).toEqual(before)
})

test('a preview of a create has no effect', async () => {
  const { target, call, configMap, keyOf, other } = await clusterScene(controlPlane())
  const { desired } = await target.prepare([{ manifest: configMap('a') }], call)
  const [one] = desired
  if (one === undefined) throw new Error('not prepared')
  const change = {
    ...one,
    desired: one,
    action: 'create',
    reason: 'added',
    expects: absent,
    stage: 0,
  } as const
  expect(await target.preview(change, call)).toMatchObject({ after: { data: { color: 'blue' } } })
  expect(await other.read(keyOf('a'))).toBeUndefined()
})
