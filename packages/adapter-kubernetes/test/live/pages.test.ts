import { expect, onTestFinished, test } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'
import { createConnection } from '../../src/connection/connection.ts'
import type { ResourceType } from '../../src/discovery/resource-type.ts'
import { pagesOf } from '../../src/live/pages.ts'
import { createApi } from '../../src/transport/create-api.ts'

const controlPlane = sharedControlPlane({ controllers: false, audit: false })
const configMaps: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
  verbs: ['list'],
  hasStatus: false,
}

test('a page that is larger than an answer may be is asked for in smaller ones', async () => {
  const { admin, createNamespace } = controlPlane()
  const namespace = await createNamespace()
  const names = Array.from({ length: 6 }, (_, at) => `big-${at}`)
  for (const name of names) {
    const body = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name },
      data: { text: 'x'.repeat(400_000) },
    }
    await admin.call('POST', `/api/v1/namespaces/${namespace}/configmaps`, { body })
  }
  const connection = createConnection({ kubeconfig: { text: admin.kubeconfig } })
  const api = createApi(connection, { maxAnswerBytes: 1_000_000 })
  onTestFinished(async () => {
    connection.close()
    await api[Symbol.asyncDispose]()
  })
  const seen: string[] = []
  const { signal } = new AbortController()
  for await (const { items } of pagesOf(api, { type: configMaps, namespace, signal })) {
    for (const { metadata } of items) seen.push(metadata.name)
  }
  expect(seen).toEqual(names)
})
