import type { Desired } from '@mooring/core'
import { expect, test } from 'vitest'
import { hookIn } from '../../src/objects/hook.ts'
import { instantiate } from '../../src/objects/instantiate.ts'
import type { KubernetesObject } from '../../src/objects/object.ts'

const job = (annotations: Readonly<Record<string, string>>, name = 'migrate'): KubernetesObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, namespace: 'shop', annotations },
  spec: { ttlSecondsAfterFinished: 5, template: {} },
})

/** What is read, and what is reported. */
function read(annotations: Readonly<Record<string, string>>) {
  const faults: string[] = []
  return { reading: hookIn(job(annotations), (fault) => void faults.push(fault)), faults }
}

const argo = (hook: string, more: Record<string, string> = {}) => ({
  'argocd.argoproj.io/hook': hook,
  ...more,
})
const helm = (hook: string, more: Record<string, string> = {}) => ({ 'helm.sh/hook': hook, ...more })

test.each([
  { annotations: {}, hook: undefined },
  { annotations: { 'mooring.dev/hook': 'before-sync' }, hook: { phases: ['beforeSync'] } },
  {
    annotations: {
      'mooring.dev/hook': 'after-sync, on-failure',
      'mooring.dev/hook-delete-policy': 'succeeded,failed',
      'mooring.dev/hook-weight': '-5',
    },
    hook: { phases: ['afterSync', 'onFailure'], deletePolicy: ['succeeded', 'failed'], weight: -5 },
  },
  { annotations: argo('PreSync'), hook: { phases: ['beforeSync'] } },
  {
    annotations: argo('PreSync,PostSync', {
      'argocd.argoproj.io/hook-delete-policy': 'HookSucceeded',
      'argocd.argoproj.io/sync-wave': '2',
    }),
    hook: { phases: ['beforeSync', 'afterSync'], deletePolicy: ['succeeded'], weight: 2 },
  },
  { annotations: argo('SyncFail'), hook: { phases: ['onFailure'] } },
  { annotations: helm('pre-install'), hook: { phases: ['beforeSync'], when: 'first' } },
  { annotations: helm('post-upgrade'), hook: { phases: ['afterSync'], when: 'later' } },
  {
    annotations: helm('pre-install,pre-upgrade', {
      'helm.sh/hook-weight': '-1',
      'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
    }),
    hook: { phases: ['beforeSync'], deletePolicy: ['beforeCreation', 'succeeded'], weight: -1 },
  },
  {
    annotations: helm('post-install, post-delete'),
    hook: { phases: ['afterSync'], when: 'first' },
  },
  { annotations: { ...helm('test'), ...argo('PostSync') }, hook: { phases: ['afterSync'] } },
])('reads $annotations', ({ annotations, hook }) => {
  expect(read(annotations as never)).toEqual({ reading: hook && { hook }, faults: [] })
})

test.each([
  { annotations: argo('Skip'), says: 'it is a hook of Argo CD for Skip, which is not run' },
  { annotations: argo('PostDelete'), says: 'it is a hook of Argo CD for PostDelete, which is not run' },
  { annotations: helm('test'), says: 'it is a hook of Helm for test, which is not run' },
  { annotations: helm('crd-install'), says: 'it is a hook of Helm for crd-install, which is not run' },
  {
    annotations: helm('pre-delete,pre-rollback'),
    says: 'it is a hook of Helm for pre-delete, pre-rollback, which is not run',
  },
])('leaves $annotations out', ({ annotations, says }) => {
  expect(read(annotations)).toEqual({ reading: { skip: says }, faults: [] })
})

test.each([
  {
    annotations: { 'mooring.dev/hook': 'before-sink' },
    fault: 'expected before-sync, after-sync, on-failure, found "before-sink"',
  },
  {
    annotations: { 'mooring.dev/hook': 'before-sync', 'mooring.dev/hook-weight': 'first' },
    fault: 'mooring.dev/hook-weight: expected a whole number in quotes, found "first"',
  },
  { annotations: argo('Sync'), fault: 'Sync hooks, which run amid the writes, are not run here' },
])('reports $annotations', ({ annotations, fault }) => {
  expect(read(annotations as never).faults).toEqual([expect.stringContaining(fault)])
})

const operation = '2f1c9a54-6d0b-4f35-9a43-0c5b7f7a9e01'
const desired = (manifest: KubernetesObject, key: string): Desired<KubernetesObject> => ({
  key,
  label: 'as it is',
  manifest,
  digest: 'd',
  traits: { hook: { phases: ['beforeSync'] }, wave: 1 },
})

test('an instance of a Job has the name of its operation, and is not deleted before its outcome is read', () => {
  const instance = instantiate(desired(job({ note: 'kept' }), 'batch/Job/shop/migrate'), operation)
  expect(instance).toEqual({
    key: 'batch/Job/shop/migrate-2f1c9a546d0b',
    label: 'Job shop/migrate-2f1c9a546d0b',
    digest: 'd',
    traits: { wave: 1 },
    manifest: {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name: 'migrate-2f1c9a546d0b',
        namespace: 'shop',
        annotations: { note: 'kept', 'mooring.dev/operation': operation },
      },
      spec: { template: {} },
    },
  })
})

test('names of instances stay within 63 characters and apart', () => {
  const names = ['a', 'b'].map((end) => {
    const name = `${'long-'.repeat(12)}${end}`
    return instantiate(desired(job({}, name), `batch/Job/shop/${name}`), operation).manifest.metadata.name
  })
  for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$/)
  expect(new Set(names).size).toBe(2)
})

test('what others refer to by name keeps it', () => {
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'migrate', namespace: 'shop' },
  }
  expect(instantiate(desired(account, '/ServiceAccount/shop/migrate'), operation).key).toBe(
    '/ServiceAccount/shop/migrate',
  )
})
