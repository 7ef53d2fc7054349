import { describe, expect, test } from 'vitest'
import { sharedControlPlane } from '../../../tools/control-plane/for-tests.ts'
import { scene } from './scene.ts'

const controlPlane = sharedControlPlane()

const policy = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: from-web }
spec:
  podSelector: { matchLabels: { app: db } }
  ingress:
    - from:
        - podSelector: { matchLabels: { app: web } }
      ports: [{ port: 5432 }]
`
const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.GROUP }
spec:
  group: GROUP
  scope: Namespaced
  names: { plural: widgets, singular: widget, kind: Widget }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              x-kubernetes-preserve-unknown-fields: true
              properties:
                size: { type: string, enum: [small, large], default: small }
                count: { type: integer, default: 3 }
`
const widget = `
apiVersion: GROUP/v1
kind: Widget
metadata: { name: first }
spec: { count: 0644, extra: { deep: [1, two, { three: 3 }] } }
`
const clusterRole = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: 'MyOrg:Admin' }
rules:
  - { apiGroups: [''], resources: [pods], verbs: [get] }
`
const secret = `
apiVersion: v1
kind: Secret
metadata: { name: login }
data: { user: YWRh }
stringData: { password: swordfish }
`
const list = `
apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: ConfigMap, metadata: { name: listed-1 }, data: { a: '1' } }
  - { apiVersion: v1, kind: ConfigMap, metadata: { name: listed-2 }, data: { 'yes': 'no' } }
`
/** Every character that a ConfigMap's name may have, at the greatest length. */
const longestName = `${'abcdefghijklmnopqrstuvwxyz0123456789-x.'.repeat(6)}${'z'.repeat(19)}`
const named = `
apiVersion: v1
kind: ConfigMap
metadata: { name: ${longestName} }
`
const escaped = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
const big = JSON.stringify({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'big' },
  data: { text: 'all of it, "quoted": \u00e9\u0085\ufeff\n'.repeat(25_000) },
}).replace(/[\u007f-\uffff]/g, escaped)

describe('what is awkward to carry', () => {
  test('arrives exactly as it was written, and a second pass changes nothing', async () => {
    const cp = controlPlane()
    const group = 'exact.example.com'
    const given = await scene({
      controlPlane: cp,
      files: {
        'app/policy.yaml': policy,
        'app/widget.yaml': widget.replaceAll('GROUP', group),
        'app/definition.yaml': definition.replaceAll('GROUP', group),
        'app/role.yaml': clusterRole,
        'app/secret.yaml': secret,
        'app/list.yaml': list,
        'app/named.yaml': named,
        'app/big.json': big,
      },
    })
    const { engine, repository, namespace, told, call } = given
    given.add('exact', 'app')
    await engine.start()
    await given.synced('exact', await repository.idOf())

    const read = async (path: string) => (await call('GET', path)).body
    const core = `/api/v1/namespaces/${namespace}`
    const { spec } = await read(`/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/from-web`)
    expect(spec.ingress).toEqual([
      {
        from: [{ podSelector: { matchLabels: { app: 'web' } } }],
        ports: [{ port: 5432, protocol: 'TCP' }],
      },
    ])
    const crd = await read(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.${group}`)
    expect(crd.spec.versions[0].schema.openAPIV3Schema.properties.spec).toMatchObject({
      'x-kubernetes-preserve-unknown-fields': true,
      properties: { size: { enum: ['small', 'large'], default: 'small' }, count: { default: 3 } },
    })
    const first = await read(`/apis/${group}/v1/namespaces/${namespace}/widgets/first`)
    expect(first.spec).toEqual({ size: 'small', count: 420, extra: { deep: [1, 'two', { three: 3 }] } })
    const role = await read('/apis/rbac.authorization.k8s.io/v1/clusterroles/MyOrg:Admin')
    expect(role.metadata.name).toBe('MyOrg:Admin')
    expect((await read(`${core}/secrets/login`)).data).toEqual({ user: 'YWRh', password: btoa('swordfish') })
    expect((await read(`${core}/configmaps/listed-2`)).data).toEqual({ yes: 'no' })
    expect((await read(`${core}/configmaps/${longestName}`)).metadata.name).toBe(longestName)
    expect((await read(`${core}/configmaps/big`)).data).toEqual(JSON.parse(big).data)

    const changes = told.filter(({ type }) => type === 'change.applied').length
    expect(changes).toBe(9)
    const { counts, outcome } = await engine.sync('exact', { actor: 'test' })
    expect(outcome).toBe('synced')
    expect(counts).toMatchObject({ created: 0, updated: 0, deleted: 0 })
    expect(told.filter(({ type }) => type === 'change.applied')).toHaveLength(changes)
  })
})
