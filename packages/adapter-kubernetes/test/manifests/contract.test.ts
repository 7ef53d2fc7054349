import { describeRenderer } from '@mooring/core/testing'
import { describe, test } from 'vitest'
import { manifests } from '../../src/manifests/manifests.ts'

const configMap = (name: string, value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  key: ${value}\n`

describeRenderer({
  describe,
  test,
  make: async () => ({
    renderer: manifests({ exclude: ['values.yaml'] }),
    again: async () => manifests({ exclude: ['values.yaml'] }),
    files: {
      'shop/web.yaml': `${configMap('web', 'one')}---\n${configMap('api', 'one')}`,
      'shop/base/list.json': JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMapList',
        items: [{ metadata: { name: 'a' } }],
      }),
      'shop/values.yaml': 'replicas: 2\n',
    },
    path: 'shop',
    changed: { 'shop/web.yaml': configMap('web', 'two') },
    broken: { 'shop/tabs.yaml': 'a:\n\tb: 1\n', 'shop/base/twice.json': '{"a":1,"a":2}' },
    empty: { 'shop/README.md': 'Nothing yet', 'shop/notes.yaml': '# Nothing yet\n---\n' },
    close: async () => {},
  }),
})
