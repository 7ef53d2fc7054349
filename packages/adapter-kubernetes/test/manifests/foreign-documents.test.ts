import { isMooringError, MooringError } from '@mooring/core'
import { expect, test } from 'vitest'
import { manifests } from '../../src/manifests/manifests.ts'
import { failureOf, head, render, snapshotOf } from './render.ts'

const object = (apiVersion: string, kind: string, name = 'shop') =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n`

test.each([
  ['kustomize.toolkit.fluxcd.io/v1', 'Kustomization', 'Flux'],
  ['helm.toolkit.fluxcd.io/v2', 'HelmRelease', 'Flux'],
  ['source.toolkit.fluxcd.io/v1', 'GitRepository', 'Flux'],
  ['source.toolkit.fluxcd.io/v1', 'OCIRepository', 'Flux'],
  ['image.toolkit.fluxcd.io/v1', 'ImagePolicy', 'Flux'],
  ['notification.toolkit.fluxcd.io/v1', 'Receiver', 'Flux'],
  ['argoproj.io/v1alpha1', 'Application', 'Argo CD'],
  ['argoproj.io/v1alpha1', 'ApplicationSet', 'Argo CD'],
  ['argoproj.io/v1alpha1', 'AppProject', 'Argo CD'],
])('refuses %s %s by name, and applies it when asked to', async (apiVersion, kind, controller) => {
  const files = { 'a.yaml': object(apiVersion, kind) }
  const failure = await failureOf(render(files))
  expect(failure).toMatchObject({ code: 'CONTROL_OBJECT', kind: 'permanent' })
  expect(failure.message).toContain(`${kind} shop of ${controller}`)
  expect(failure.hint).toContain("controlObjects: 'apply'")
  expect((await render(files, { controlObjects: 'apply' })).manifests).toHaveLength(1)
})

test.each([
  ['argoproj.io/v1alpha1', 'Rollout'],
  ['argoproj.io/v1alpha1', 'Workflow'],
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
  ['example.com/v1', 'Application'],
])('renders %s %s like any other', async (apiVersion, kind) => {
  expect((await render({ 'a.yaml': object(apiVersion, kind) })).manifests).toHaveLength(1)
})

test('finds control objects in lists', async () => {
  const items = [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name: 'a' } }]
  const failure = await failureOf(
    render({ 'a.json': JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) }),
  )
  expect(failure.code).toBe('CONTROL_OBJECT')
})

test('skips a Kustomization that only lists what is beside it, and tells so', async () => {
  const { manifests: rendered, skipped } = await render({
    'a/kustomization.yaml': 'resources: [web.yaml, more/]\n',
    'a/web.yaml': head,
    'b/kustomization.yml': 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\npatches: []\n',
  })
  expect(rendered.map(({ origin }) => origin?.file)).toEqual(['a/web.yaml'])
  expect(skipped?.map(({ label }) => label).sort()).toEqual([
    'Kustomization a/kustomization.yaml',
    'Kustomization b/kustomization.yml',
  ])
  expect(skipped?.every(({ reason, origin }) => reason !== '' && origin !== undefined)).toBe(true)
})

test.each([
  ['a Kustomization with namePrefix, patches', 'namePrefix: x-\npatches: [{ path: web.yaml }]\n'],
  ['a Kustomization with resources from elsewhere', 'resources: [../base]\n'],
  ['a Kustomization with resources from elsewhere', 'resources: ["https://example.com/all.yaml"]\n'],
  ['a Component of kustomize', 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n'],
])('refuses %s, whose parts would be applied as something else', async (says, text) => {
  const failure = await failureOf(render({ 'a/kustomization.yaml': text, 'a/web.yaml': head }))
  expect(failure).toMatchObject({ code: 'KUSTOMIZATION', kind: 'permanent' })
  expect(failure.message).toContain(`a/kustomization.yaml:1: ${says}`)
})

test('refuses a file that only kustomize reads', async () => {
  expect(await failureOf(render({ 'c/Kustomization': 'resources: []\n' }))).toMatchObject({
    code: 'KUSTOMIZATION',
  })
})

const secret = `${object('v1', 'Secret')}data:\n  key: ENC[AES256_GCM,data:abc,iv:x,tag:y,type:str]\n`
const record = 'sops:\n  mac: ENC[AES256_GCM,data:zzz]\n  lastmodified: "2026-01-01T00:00:00Z"\n'

test.each([
  ['with its record', object('v1', 'Secret') + record],
  ['with nothing but its record', `${object('v1', 'Secret')}sops: {lastmodified: "2026-01-01T00:00:00Z"}\n`],
  ['without its record', secret],
  ['with everything encrypted', `apiVersion: ENC[AES256_GCM,data:a]\n${record}`],
  ['deep in a list', `apiVersion: v1\nkind: List\nitems:\n- spec: [{a: "ENC[AES256_GCM,data:a]"}]\n`],
])('refuses a document encrypted by SOPS %s', async (_, text) => {
  const failure = await failureOf(render({ 'a.yaml': `${head}---\n${text}` }))
  expect(failure).toMatchObject({ code: 'ENCRYPTED_MANIFEST', kind: 'permanent' })
  expect(failure.message).toContain('a.yaml:6 (document 2)')
  expect(failure.hint).toContain('decrypt')
})

test('decrypts the files that are encrypted, and no others', async () => {
  const asked: string[] = []
  const run = async (content: Uint8Array, file: string) => {
    asked.push(file)
    return Buffer.from(
      Buffer.from(content)
        .toString()
        .replace(/ENC\[.*\]/, 'aGVsbG8='),
    )
  }
  const files = { 'a.yaml': secret, 'b.yaml': head }
  const { manifests: rendered } = await render(files, { decrypt: { name: 'test', run } })
  expect(asked).toEqual(['a.yaml'])
  expect(rendered.map(({ manifest }) => manifest.data)).toEqual([{ key: 'aGVsbG8=' }, undefined])
})

test('refuses what is still encrypted after decryption', async () => {
  const decrypt = { name: 'test', run: async (content: Uint8Array) => content }
  expect((await failureOf(render({ 'a.yaml': secret }, { decrypt }))).code).toBe('ENCRYPTED_MANIFEST')
})

test.each([
  ['may pass', new Error('key s3cret'), 'transient'],
  ['is permanent', new MooringError({ code: 'NO_KEY', kind: 'permanent', message: 'No key' }), 'permanent'],
])('names the file whose decryption failed for a reason that %s', async (_, thrown, kind) => {
  const run = () => Promise.reject(thrown)
  const failure = await failureOf(
    render({ 'a.yaml': secret, 'b.yaml': secret }, { decrypt: { name: 'age', run } }),
  )
  expect(failure).toMatchObject({ code: 'DECRYPTION_FAILED', kind, cause: thrown })
  expect(failure.message).toContain('a.yaml: a file that age could not decrypt')
  expect(failure.message).toContain('b.yaml')
  expect(failure.message).not.toContain('s3cret')
})

test('passes on the reason of an abort during decryption', async () => {
  const abort = new AbortController()
  const reason = new Error('enough')
  const run = async () => {
    abort.abort(reason)
    throw new Error('killed')
  }
  const snapshot = await snapshotOf({ 'a.yaml': secret })
  const rendering = manifests({ decrypt: { name: 'age', run } }).render({ snapshot, path: '' }, abort)
  const failure = await failureOf(rendering)
  expect(failure).toBe(reason)
  expect(isMooringError(failure)).toBe(false)
})
