import { type KubernetesObject, kubernetesCluster, manifests } from '@mooring/adapter-kubernetes'
import {
  type ApplicationStatus,
  createEngine,
  defineApplication,
  memoryStore,
  type Scope,
  type SyncPolicy,
  type Target,
} from '@mooring/core'
import { memorySource } from '@mooring/core/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { sharedControlPlane } from '../../../tools/control-plane/for-tests.ts'

const controlPlane = sharedControlPlane({ controllers: false })

/** Two namespaces and five kinds are ours; `bank` is somebody else's. */
async function tenant() {
  const { admin, createNamespace } = controlPlane()
  const [shop, shop2, bank] = [await createNamespace(), await createNamespace(), await createNamespace()]
  const scope: Scope = {
    kinds: ['ConfigMap', 'Service', 'apps/Deployment', 'apps/StatefulSet', 'batch/Job'],
    namespaces: [shop, shop2],
  }
  const source = memorySource({ pollMs: 50, files: { 'app/ours.yaml': configMap('ours', shop) } })
  const cluster = kubernetesCluster({ kubeconfig: { text: admin.kubeconfig } })
  const engine = createEngine({ store: memoryStore(), installation: shop })
  onTestFinished(async () => {
    await engine.stop({ drainMs: 1_000 })
    await cluster[Symbol.asyncDispose]()
  })
  const define = (
    over: {
      readonly name?: string
      readonly path?: string
      readonly scope?: Scope
      readonly target?: Target<KubernetesObject>
      readonly formerly?: readonly string[]
      readonly sync?: Partial<SyncPolicy>
    } = {},
  ) =>
    defineApplication({
      name: over.name ?? 'shop',
      source,
      path: over.path ?? 'app',
      renderer: manifests(),
      target: over.target ?? cluster.target({ namespace: shop }),
      ...(over.scope && { scope: over.scope }),
      ...(over.formerly && { formerly: over.formerly }),
      sync: { prune: true, intervalMs: 300, ...over.sync },
    })
  const until = async (
    fits: (status: ApplicationStatus) => boolean,
    name = 'shop',
  ): Promise<ApplicationStatus> => {
    await expect
      .poll(async () => fits(await engine.status(name)), { timeout: 30_000, interval: 20 })
      .toBe(true)
    return engine.status(name)
  }
  const held = (name = 'shop') =>
    until(({ holds }) => holds.some(({ code }) => code === 'OUT_OF_SCOPE'), name)
  const synced = (name = 'shop') =>
    until(({ sync, operation }) => sync === 'synced' && operation === undefined, name)
  const ours = { path: `/api/v1/namespaces/${shop}/configmaps`, name: 'ours' }
  const theirs = `/api/v1/namespaces/${bank}/configmaps/theirs`
  /** An application without a scope has applied `theirs`, and is limited from now on. */
  const limited = async (yaml = configMap('theirs', bank)) => {
    source.commit({ 'app/theirs.yaml': yaml })
    engine.add(define())
    await engine.start()
    await synced()
    const before = (await admin.call('GET', theirs)).body
    return before
  }
  const untouched = async (before: { readonly metadata: { readonly resourceVersion: string } }) => {
    const now = (await admin.call('GET', theirs)).body
    expect(now.metadata.resourceVersion).toBe(before.metadata.resourceVersion)
    expect(now.metadata.deletionTimestamp).toBeUndefined()
  }
  return {
    shop,
    shop2,
    bank,
    scope,
    source,
    cluster,
    engine,
    define,
    held,
    synced,
    until,
    ours,
    theirs,
    limited,
    untouched,
    call: admin.call,
  }
}

const configMap = (
  name: string,
  namespace: string,
  annotations: Record<string, string> = {},
  value = '1',
): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, annotations },
    data: { value },
  })

const status = async (made: Awaited<ReturnType<typeof tenant>>, path: string): Promise<number> =>
  (await made.call('GET', path)).status

describe('an application that may touch two namespaces and five kinds', () => {
  test('applies what is in both', async () => {
    const made = await tenant()
    made.source.commit({ 'app/second.yaml': configMap('second', made.shop2) })
    made.engine.add(made.define({ scope: made.scope }))
    await made.engine.start()
    await made.synced()
    expect(await status(made, `/api/v1/namespaces/${made.shop2}/configmaps/second`)).toBe(200)
  })

  test.each([
    [
      'a Secret',
      (m: { shop: string }) => ({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'x', namespace: m.shop },
      }),
      (m: { shop: string }) => `/api/v1/namespaces/${m.shop}/secrets/x`,
    ],
    [
      'a RoleBinding',
      (m: { shop: string }) => ({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'x', namespace: m.shop },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [],
      }),
      (m: { shop: string }) => `/apis/rbac.authorization.k8s.io/v1/namespaces/${m.shop}/rolebindings/x`,
    ],
    [
      'a ConfigMap in another namespace',
      (m: { bank: string }) => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'x', namespace: m.bank },
      }),
      (m: { bank: string }) => `/api/v1/namespaces/${m.bank}/configmaps/x`,
    ],
    [
      'a ClusterRole',
      (m: { shop: string }) => ({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: `x-${m.shop}` },
        rules: [],
      }),
      (m: { shop: string }) => `/apis/rbac.authorization.k8s.io/v1/clusterroles/x-${m.shop}`,
    ],
    [
      'a Namespace',
      (m: { shop: string }) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: `x-${m.shop}` } }),
      (m: { shop: string }) => `/api/v1/namespaces/x-${m.shop}`,
    ],
    [
      'a List that hides one in another namespace',
      (m: { bank: string }) => ({
        apiVersion: 'v1',
        kind: 'List',
        items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: m.bank } }],
      }),
      (m: { bank: string }) => `/api/v1/namespaces/${m.bank}/configmaps/x`,
    ],
  ])('cannot create %s, and what is its own is applied', async (_, manifest, path) => {
    const made = await tenant()
    made.source.commit({ 'app/x.yaml': JSON.stringify(manifest(made)) })
    made.engine.add(made.define({ scope: made.scope }))
    await made.engine.start()
    const { holds } = await made.held()
    expect(holds.find(({ code }) => code === 'OUT_OF_SCOPE')?.message).toContain('app/x.yaml')
    await expect.poll(() => status(made, `${made.ours.path}/ours`), { timeout: 20_000 }).toBe(200)
    expect(await made.engine.sync('shop', { actor: 'mallory' })).toMatchObject({ outcome: 'held' })
    expect(await status(made, path(made))).toBe(404)
  })

  test('cannot take over what is there already, whatever its policy says', async () => {
    const made = await tenant()
    await made.call('POST', `/api/v1/namespaces/${made.bank}/configmaps`, {
      body: JSON.parse(configMap('theirs', made.bank)),
    })
    const before = (await made.call('GET', made.theirs)).body
    made.source.commit({
      'app/x.yaml': configMap('theirs', made.bank, { 'mooring.dev/adopt': 'allowed' }, 'mine now'),
    })
    made.engine.add(made.define({ scope: made.scope, sync: { ownership: 'adopt-all' } }))
    await made.engine.start()
    await made.held()
    await made.engine.sync('shop', { actor: 'mallory' })
    await made.untouched(before)
  })

  test('cannot renew the marks of a former name', async () => {
    const made = await tenant()
    const before = await made.limited()
    await made.engine.remove('shop', { prune: false, actor: 'ada' })
    made.engine.add(made.define({ name: 'heir', formerly: ['shop'], scope: made.scope }))
    await made.held('heir')
    await made.engine.sync('heir', { actor: 'mallory' })
    await made.untouched(before)
  })

  test.each(['accept', 'abandon'] as const)(
    'cannot get out by a decision about its target: %s',
    async (how) => {
      const made = await tenant()
      const before = await made.limited()
      const elsewhere = {
        ...made.cluster.target({ namespace: made.shop }),
        identity: async () => 'elsewhere',
      }
      made.engine.replace(
        made.define({ scope: made.scope, target: elsewhere, sync: { ownership: 'adopt-all' } }),
      )
      await made.until(({ lastError }) => lastError?.code === 'TARGET_CHANGED')
      made.source.commit({ 'app/theirs.yaml': configMap('theirs', made.bank, {}, 'mine now') })
      await made.engine.retarget('shop', { how, actor: 'mallory' })
      await made.held()
      await made.engine.sync('shop', { actor: 'mallory' })
      await made.untouched(before)
    },
  )

  test('cannot prune, nor remove itself with what lies outside', async () => {
    const made = await tenant()
    const before = await made.limited()
    made.engine.replace(
      made.define({ scope: made.scope, sync: { pruneBudget: { max: 9, shareOfFew: 1, shareOfMany: 1 } } }),
    )
    made.source.commit({ 'app/theirs.yaml': null })
    await made.held()
    expect(await made.engine.remove('shop', { prune: true, actor: 'mallory' })).toMatchObject({
      outcome: 'held',
    })
    await made.untouched(before)
  })

  test('cannot let go of what lies outside: the mark stays', async () => {
    const made = await tenant()
    const before = await made.limited(configMap('theirs', made.bank, { 'mooring.dev/prune': 'disabled' }))
    made.engine.replace(made.define({ scope: made.scope }))
    made.source.commit({ 'app/theirs.yaml': null })
    await made.held()
    await made.engine.sync('shop', { actor: 'mallory' })
    await made.untouched(before)
  })

  test('cannot heal what has come to lie outside', async () => {
    const made = await tenant()
    await made.limited()
    made.engine.replace(made.define({ scope: made.scope }))
    await made.call('PATCH', made.theirs, {
      body: { data: { value: 'edited' } },
      contentType: 'application/merge-patch+json',
    })
    await made.held()
    await made.engine.sync('shop', { actor: 'mallory' })
    expect((await made.call('GET', made.theirs)).body.data.value).toBe('edited')
  })

  test('cannot make a hook elsewhere', async () => {
    const made = await tenant()
    const job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'x', namespace: made.bank, annotations: { 'argocd.argoproj.io/hook': 'PreSync' } },
      spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'x', image: 'x:1' }] } } },
    }
    made.source.commit({ 'app/x.yaml': JSON.stringify(job) })
    made.engine.add(made.define({ scope: made.scope }))
    await made.engine.start()
    await made.held()
    await made.engine.sync('shop', { actor: 'mallory' })
    expect((await made.call('GET', `/apis/batch/v1/namespaces/${made.bank}/jobs`)).body.items).toEqual([])
  })

  test('cannot keep another application from making and deleting what is its own, by declaring that too', async () => {
    const made = await tenant()
    const theirs = configMap('theirs', made.bank)
    made.source.commit({ 'bank/theirs.yaml': theirs, 'bank/kept.yaml': configMap('kept', made.bank) })
    const any = { max: 9, shareOfFew: 1, shareOfMany: 1 }
    made.engine.add(made.define({ scope: made.scope }))
    const scope = { namespaces: [made.bank] }
    made.engine.add(made.define({ name: 'bank', path: 'bank', scope, sync: { pruneBudget: any } }))
    await made.engine.start()
    await made.synced('bank')
    made.source.commit({ 'app/evil.yaml': theirs, 'app/evil2.yaml': configMap('new', made.bank, {}, 'evil') })
    await made.held()
    made.source.commit({ 'bank/theirs.yaml': null, 'bank/new.yaml': configMap('new', made.bank) })
    await expect
      .poll(async () => (await made.call('GET', made.theirs)).status, { timeout: 30_000, interval: 50 })
      .toBe(404)
    expect(await made.synced('bank')).toMatchObject({ resources: 2, holds: [] })
    const made2 = `/api/v1/namespaces/${made.bank}/configmaps/new`
    expect((await made.call('GET', made2)).body.data.value).toBe('1')
    await made.held()
  })

  test('cannot do with a verb what it was not given', async () => {
    const made = await tenant()
    await made.limited()
    made.engine.replace(made.define({ scope: { verbs: ['create'] } }))
    made.source.commit({ 'app/theirs.yaml': configMap('theirs', made.bank, {}, '2') })
    await made.held()
    expect((await made.call('GET', made.theirs)).body.data.value).toBe('1')
  })
})
