import { describe, expect, test } from 'vitest'
import { sharedControlPlane } from '../../../tools/control-plane/for-tests.ts'
import { scene, service } from './scene.ts'

const controlPlane = sharedControlPlane()

/** A Job with annotations; the tag of its image says what becomes of it. */
const job = (name: string, annotations: Readonly<Record<string, string>>, tag = '1', more = {}): string =>
  `${JSON.stringify({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, annotations },
    spec: {
      backoffLimit: 0,
      ttlSecondsAfterFinished: 0,
      template: {
        spec: {
          restartPolicy: 'Never',
          containers: [{ name, image: `registry.example.com/${name}:${tag}` }],
          ...more,
        },
      },
    },
  })}\n`

const before = { 'mooring.dev/hook': 'before-sync' }
const configMap = (value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { value: '${value}' }\n`

type Scene = Awaited<ReturnType<typeof scene>>

/** What is in the namespace. */
const looksAt = ({ call, namespace }: Scene) => {
  const itemsOf = async (path: string): Promise<readonly { metadata: { name: string; uid: string } }[]> =>
    (await call('GET', path)).body.items
  return {
    jobs: async () =>
      (await itemsOf(`/apis/batch/v1/namespaces/${namespace}/jobs`)).map(({ metadata }) => metadata),
    /** Names without the operation. */
    kinds: async () =>
      (await itemsOf(`/apis/batch/v1/namespaces/${namespace}/jobs`))
        .map(({ metadata }) => metadata.name.replace(/-[0-9a-f]{12}$/, '*'))
        .toSorted(),
    named: async (path: string, name: string) =>
      (await itemsOf(path)).some(({ metadata }) => metadata.name === name),
  }
}

const hooksTold = ({ told }: Scene): readonly string[] =>
  told.flatMap((event) => {
    if (event.type === 'hook.started' || event.type === 'hook.finished')
      return [`${event.hook.name.replace(/ .*\//, ' ')} ${event.hook.state}`]
    if (event.type === 'change.applied') return [event.change.action]
    return event.type === 'operation.finished' ? [event.outcome] : []
  })

describe('hooks that are Jobs', () => {
  test('run once per release, before and after it, and not for a heal or a commit elsewhere', async () => {
    const given = await scene({
      controlPlane: controlPlane(),
      files: {
        'app/migrate.yaml': job('migrate', before),
        'app/smoke.yaml': job('smoke', { 'argocd.argoproj.io/hook': 'PostSync' }),
        'app/web.yaml': service('web'),
      },
    })
    const { engine, repository, told, call, namespace } = given
    const { jobs, kinds, named } = looksAt(given)
    given.add('shop', 'app')
    await engine.start()
    await given.synced('shop', await repository.idOf())
    expect(hooksTold(given)).toEqual([
      'Job migrate started',
      'Job migrate finished',
      'create',
      'create',
      'Job smoke started',
      'Job smoke finished',
      'synced',
    ])
    const first = await jobs()
    expect(await kinds()).toEqual(['migrate*', 'smoke*'])
    expect((await engine.status('shop')).resources).toBe(2)

    told.length = 0
    await call('DELETE', `/api/v1/namespaces/${namespace}/services/web`)
    await expect
      .poll(() => named(`/api/v1/namespaces/${namespace}/services`, 'web'), { timeout: 20_000 })
      .toBe(true)
    await given.synced('shop', await repository.commit({ files: { 'elsewhere/readme.md': 'hello' } }))
    expect(told.filter(({ type }) => type === 'hook.started' || type === 'operation.started')).toEqual([])
    expect(await jobs()).toEqual(first.map(({ uid }) => expect.objectContaining({ uid })))

    // A release makes others, in whose place the ones before go.
    await given.synced(
      'shop',
      await repository.commit({ files: { 'app/web.yaml': service('web', 'registry.example.com/web:2') } }),
    )
    await expect.poll(kinds, { timeout: 20_000 }).toEqual(['migrate*', 'smoke*'])
    const uids = new Set(first.map(({ uid }) => uid))
    expect((await jobs()).filter(({ uid }) => uids.has(uid))).toEqual([])
  })

  test('that fail stop the release before anything is written, and the next commit goes on', async () => {
    const given = await scene({
      controlPlane: controlPlane(),
      files: { 'app/migrate.yaml': job('migrate', before, 'fails'), 'app/settings.yaml': configMap('1') },
    })
    const { engine, repository, namespace, told } = given
    const { named, kinds } = looksAt(given)
    given.add('shop', 'app')
    await engine.start()
    const ended = () => told.find(({ type }) => type === 'operation.finished')
    await expect.poll(ended, { timeout: 60_000 }).toMatchObject({
      outcome: 'failed',
      reasons: [
        expect.stringMatching(
          /^HOOK_FAILED: Hook Job .*\/migrate \(beforeSync\) failed: .*(BackoffLimitExceeded|backoff limit)/,
        ),
      ],
    })
    expect(await named(`/api/v1/namespaces/${namespace}/configmaps`, 'settings')).toBe(false)
    expect(await kinds()).toEqual(['migrate*'])

    await given.synced(
      'shop',
      await repository.commit({ files: { 'app/migrate.yaml': job('migrate', before, '2') } }),
    )
    expect(await named(`/api/v1/namespaces/${namespace}/configmaps`, 'settings')).toBe(true)
  })

  test('of a chart run with what they refer to, by weight, and go when they have succeeded; tests are left out by name', async () => {
    const hook = (phases: string, weight: string) => ({
      'helm.sh/hook': phases,
      'helm.sh/hook-weight': weight,
      'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
    })
    const account = (annotations: Readonly<Record<string, string>>): string =>
      `${JSON.stringify({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'migrator', annotations } })}\n`
    const given = await scene({
      controlPlane: controlPlane(),
      files: {
        'app/account.yaml': account(hook('pre-install,pre-upgrade', '-5')),
        'app/install.yaml': job('install', hook('pre-install', '0'), '1', { serviceAccountName: 'migrator' }),
        'app/upgrade.yaml': job('upgrade', hook('pre-upgrade', '0'), '1', { serviceAccountName: 'migrator' }),
        'app/test.yaml': job('check', { 'helm.sh/hook': 'test' }),
        'app/settings.yaml': configMap('1'),
      },
    })
    const { engine, repository, told } = given
    const { kinds, named } = looksAt(given)
    given.add('shop', 'app')
    await engine.start()
    await given.synced('shop', await repository.idOf())
    expect(told.filter(({ type }) => type === 'manifest.skipped')).toMatchObject([
      {
        skipped: {
          reason: 'it is a hook of Helm for test, which is not run',
          origin: { file: 'app/test.yaml' },
        },
      },
    ])
    const started = () => hooksTold(given).filter((line) => line.endsWith(' started'))
    expect(started()).toEqual(['ServiceAccount migrator started', 'Job install started'])
    await expect.poll(kinds, { timeout: 20_000 }).toEqual([])
    expect(await named(`/api/v1/namespaces/${given.namespace}/serviceaccounts`, 'migrator')).toBe(false)

    told.length = 0
    await given.synced('shop', await repository.commit({ files: { 'app/settings.yaml': configMap('2') } }))
    expect(started()).toEqual(['ServiceAccount migrator started', 'Job upgrade started'])
  })

  test('that run still when a commit supersedes their operation are gone before the next ones are made', async () => {
    const given = await scene({
      controlPlane: controlPlane(),
      files: { 'app/migrate.yaml': job('migrate', before, 'endless'), 'app/settings.yaml': configMap('1') },
    })
    const { engine, repository } = given
    const { jobs, kinds } = looksAt(given)
    given.add('shop', 'app')
    await engine.start()
    await expect.poll(kinds, { timeout: 30_000 }).toEqual(['migrate*'])
    const [first] = await jobs()
    await given.synced(
      'shop',
      await repository.commit({ files: { 'app/migrate.yaml': job('migrate', before, '2') } }),
    )
    const after = await jobs()
    expect(after).toHaveLength(1)
    expect(after[0]?.uid).not.toBe(first?.uid)
  })
})
