import { expect, test } from 'vitest'
import { pathOf } from '../../src/discovery/path-of.ts'

const deployments = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
}
const namespaces = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }
const roles = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
}

test.for([
  [deployments, {}, '/apis/apps/v1/deployments'],
  [deployments, { namespace: 'shop' }, '/apis/apps/v1/namespaces/shop/deployments'],
  [deployments, { namespace: 'shop', name: 'web' }, '/apis/apps/v1/namespaces/shop/deployments/web'],
  [
    deployments,
    { namespace: 'shop', name: 'web', subresource: 'status' },
    '/apis/apps/v1/namespaces/shop/deployments/web/status',
  ],
  [namespaces, { name: 'shop' }, '/api/v1/namespaces/shop'],
  [namespaces, { namespace: 'ignored', name: 'shop' }, '/api/v1/namespaces/shop'],
  [roles, { name: 'MyOrg:Admin' }, '/apis/rbac.authorization.k8s.io/v1/clusterroles/MyOrg%3AAdmin'],
  [
    roles,
    { name: 'a/../b?c#d%2f' },
    '/apis/rbac.authorization.k8s.io/v1/clusterroles/a%2F..%2Fb%3Fc%23d%252f',
  ],
] as const)('%o %o is %s', ([type, parts, path]) => {
  expect(pathOf(type, parts)).toBe(path)
})

test('a namespaced object without a namespace has no path', () => {
  expect(() => pathOf(deployments, { name: 'web' })).toThrow(
    expect.objectContaining({ code: 'NAMESPACE_REQUIRED' }),
  )
})
