import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type ControlPlane, startControlPlane } from '../../../../tools/control-plane/index.ts'
import { pathOf } from '../../src/discovery/path-of.ts'
import type { Api, ApiAnswer, ApiRequest, WatchEvent } from '../../src/transport/api.ts'
import type { ApiOptions } from '../../src/transport/create-api.ts'
import { isExpired } from '../../src/transport/expired.ts'
import { failureError } from '../../src/transport/failure-error.ts'
import { exec, plugin, temporaryFolder } from '../connection/plugin.ts'
import { certificate } from './certificates.ts'
import { connectProxy } from './connect-proxy.ts'
import { connected, errorOf, kubeconfig } from './connected.ts'
import { hangingWebhook } from './hanging-webhook.ts'

const { signal } = new AbortController()
const folder = mkdtempSync(join(tmpdir(), 'mooring-transport-'))
const clients = certificate({ commonName: 'clients' })
let controlPlane: ControlPlane

beforeAll(async () => {
  const authority = join(folder, 'clients.pem')
  writeFileSync(authority, clients.cert)
  controlPlane = await startControlPlane({
    controllers: false,
    apiServerFlags: [`--client-ca-file=${authority}`],
  })
}, 60_000)

afterAll(async () => {
  await controlPlane.stop()
  rmSync(folder, { recursive: true })
})

const ca = (): object => ({ 'certificate-authority-data': btoa(controlPlane.ca) })
const as = (user: object): { readonly text: string } => kubeconfig(controlPlane.url, user, ca())
const admin = (options: ApiOptions = {}): Api =>
  connected({ kubeconfig: { text: controlPlane.admin.kubeconfig } }, options)

const bodyOf = (answer: ApiAnswer): Readonly<Record<string, unknown>> =>
  answer.ok ? (answer.body as Readonly<Record<string, unknown>>) : expect.fail(answer.failure.message)

const namespaces: Omit<ApiRequest, 'signal'> = { method: 'GET', path: '/api/v1/namespaces' }

async function whoIs(api: Api): Promise<unknown> {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
  const { status } = bodyOf(await api.call({ method: 'POST', path, body: review, signal })) as {
    readonly status: { readonly userInfo: unknown }
  }
  return status.userInfo
}

const configMap = (namespace: string, name: string, data: object = {}): Omit<ApiRequest, 'signal'> => ({
  method: 'PATCH',
  path: `/api/v1/namespaces/${namespace}/configmaps/${name}`,
  query: { fieldManager: 'test' },
  contentType: 'application/apply-patch+yaml',
  body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data },
})

describe('an API server', () => {
  test('is trusted by its authority and knows a token', async () => {
    expect(await whoIs(connected({ kubeconfig: as({ token: controlPlane.admin.token }) }))).toMatchObject({
      username: 'admin',
    })
  })

  test('knows a client certificate', async () => {
    const { cert, key } = certificate({ commonName: 'jane', organization: 'team', issuer: clients })
    const user = { 'client-certificate-data': btoa(cert), 'client-key-data': btoa(key) }
    expect(await whoIs(connected({ kubeconfig: as(user) }))).toMatchObject({
      username: 'jane',
      groups: ['team', 'system:authenticated'],
    })
  })

  test('takes each group of an impersonation for itself', async () => {
    const impersonate = { user: 'joe', groups: ['g1', 'g2'], extra: { 'example.com/Team': ['a', 'b'] } }
    const api = connected({ kubeconfig: as({ token: controlPlane.admin.token }), impersonate })
    expect(await whoIs(api)).toEqual({
      username: 'joe',
      groups: ['g1', 'g2', 'system:authenticated'],
      extra: { 'example.com/team': ['a', 'b'] },
    })
  })

  test('that refuses a token makes UNAUTHORIZED, which does not tell the token', async () => {
    const api = connected({ kubeconfig: as({ token: 'wr0ng' }) })
    const error = await errorOf(api.call({ ...namespaces, signal }))
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', kind: 'transient' })
    expect(error.message).toContain(controlPlane.url)
    expect(error.message + error.hint).not.toContain('wr0ng')
  })

  test('that refuses a token gets the next one that the plugin gives', async () => {
    const script = `give({ token: run === 1 ? 'expired' : ${JSON.stringify(controlPlane.admin.token)} })`
    const { command, runs } = plugin(temporaryFolder(), script)
    const api = connected({ kubeconfig: as(exec(command)) })
    const answers = await Promise.all([1, 2, 3].map(() => api.call({ ...namespaces, signal })))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(runs()).toBe(2)
  })

  test('that takes a token back gets the one that its file holds by then, as in a pod', async () => {
    const tokenFile = join(temporaryFolder(), 'token')
    const before = await controlPlane.addUser({ name: 'before' })
    writeFileSync(tokenFile, `${before.token}\n`)
    const api = connected({
      kubeconfig: as({ 'auth-provider': { name: 'tokenFile', config: { tokenFile } } }),
    })
    expect(await whoIs(api)).toMatchObject({ username: 'before' })
    writeFileSync(tokenFile, `${controlPlane.admin.token}\n`)
    before.revoke()
    await expect.poll(() => whoIs(api), { timeout: 15_000 }).toMatchObject({ username: 'admin' })
  }, 20_000)

  test('meets the new client certificate when its files have rotated', async () => {
    const folder = temporaryFolder()
    const files = { 'client-certificate': join(folder, 'crt'), 'client-key': join(folder, 'key') }
    const rotate = (commonName: string): void => {
      const { cert, key } = certificate({ commonName, issuer: clients })
      writeFileSync(files['client-certificate'], cert)
      writeFileSync(files['client-key'], key)
    }
    rotate('first')
    const api = connected({ kubeconfig: as(files), credentialsMaxAgeMs: 0 })
    expect(await whoIs(api)).toMatchObject({ username: 'first' })
    rotate('second')
    expect(await whoIs(api)).toMatchObject({ username: 'second' })
  })

  test('that forbids something is quoted with the rule that is missing', async () => {
    const bob = await controlPlane.addUser({ name: 'bob' })
    const answer = await connected({ kubeconfig: { text: bob.kubeconfig } }).call({
      ...configMap('default', 'a'),
      signal,
    })
    if (answer.ok) expect.fail('It should have been forbidden')
    expect(failureError(answer.failure, { verb: 'apply', label: 'ConfigMap default/a' })).toMatchObject({
      code: 'FORBIDDEN',
      message:
        'Expected to apply ConfigMap default/a, found that user bob may not patch configmaps in namespace default (403)',
      hint: expect.stringContaining('{apiGroups: [""], resources: ["configmaps"], verbs: ["patch"]} to bob'),
    })
  })

  test('that is asked for more rights than ours says so', async () => {
    const rbac = 'rbac.authorization.k8s.io'
    const rules = [{ verbs: ['create', 'patch'], apiGroups: [rbac], resources: ['clusterroles'] }]
    const bert = await controlPlane.addUser({ name: 'bert', rules })
    const role = {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name: 'more' },
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
    }
    const path = `/apis/${rbac}/v1/clusterroles/more`
    const answer = await connected({ kubeconfig: { text: bert.kubeconfig } }).call({
      ...configMap('', ''),
      path,
      body: role,
      signal,
    })
    if (answer.ok) expect.fail('It should have been forbidden')
    expect(failureError(answer.failure, { verb: 'apply', label: 'ClusterRole more' })).toMatchObject({
      code: 'FORBIDDEN',
      hint: expect.stringContaining('`escalate`'),
    })
  })

  test('stores every character of an apply patch as it is', async () => {
    const namespace = await controlPlane.createNamespace()
    const x = ' q\u0085\u2028 \u2029b\ufeff\u007f\u009f\ufffe\uffff😀\u0000\u001b\td\r\n: - #\'"\\ '
    const answer = await admin().call({ ...configMap(namespace, 'a', { x }), signal })
    expect((bodyOf(answer).data as { readonly x: string }).x).toBe(x)
  })

  test('is reached by names with every character that RBAC allows', async () => {
    const type = {
      group: 'rbac.authorization.k8s.io',
      version: 'v1',
      kind: 'ClusterRole',
      plural: 'clusterroles',
      namespaced: false,
    }
    const name = `My:Org@a b+c&d=e?f#g,h;i'"<ü>`
    const body = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name },
      rules: [],
    }
    const api = admin()
    const request = { ...configMap('', ''), path: pathOf(type, { name }), body }
    expect(await api.call({ ...request, signal })).toMatchObject({ status: 201 })
    const answer = await api.call({ method: 'GET', path: pathOf(type, { name }), signal })
    expect(bodyOf(answer).metadata).toMatchObject({ name })
  })
})

describe('a connection', () => {
  test('goes through the proxy that the kubeconfig names', async () => {
    const proxy = await connectProxy('me:p%40ss')
    const cluster = { ...ca(), 'proxy-url': proxy.url }
    const impersonate = { user: 'joe', groups: ['g1', 'g2'] }
    const user = { token: controlPlane.admin.token }
    const api = connected({ kubeconfig: kubeconfig(controlPlane.url, user, cluster), impersonate })
    expect(await whoIs(api)).toMatchObject({ groups: ['g1', 'g2', 'system:authenticated'] })
    expect(proxy.tunnels).toEqual([new URL(controlPlane.url).host])
  })

  test('that the proxy refuses makes CLUSTER_UNREACHABLE without its password', async () => {
    const proxy = await connectProxy('me:other')
    const cluster = { ...ca(), 'proxy-url': proxy.url.replace('other', 's3cret') }
    const api = connected({ kubeconfig: kubeconfig(controlPlane.url, {}, cluster) })
    const error = await errorOf(api.call({ ...namespaces, signal }))
    expect(error).toMatchObject({ code: 'CLUSTER_UNREACHABLE', message: expect.stringContaining('proxy') })
    expect(error.message + error.hint).not.toContain('s3cret')
  })

  test('to a port where nobody listens makes CLUSTER_UNREACHABLE', async () => {
    const error = await errorOf(
      connected({ kubeconfig: kubeconfig('https://127.0.0.1:1') }).call({ ...namespaces, signal }),
    )
    expect(error).toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      kind: 'transient',
      message: 'Expected an answer from https://127.0.0.1:1, found that nobody listens there (ECONNREFUSED)',
    })
  })

  test('to a server of an unknown authority makes TLS_FAILED', async () => {
    const api = connected({ kubeconfig: kubeconfig(controlPlane.url, { token: 's3cret' }) })
    const error = await errorOf(api.call({ ...namespaces, signal }))
    expect(error).toMatchObject({ code: 'TLS_FAILED', kind: 'permanent' })
    expect(error.message).toMatch(/certificate/)
  })

  test('to a server of another name makes TLS_FAILED', async () => {
    const api = connected({
      kubeconfig: kubeconfig(controlPlane.url, {}, { ...ca(), 'tls-server-name': 'other' }),
    })
    expect(await errorOf(api.call({ ...namespaces, signal }))).toMatchObject({
      code: 'TLS_FAILED',
      message: expect.stringContaining('a certificate for another name'),
    })
  })

  test('ends what is under way when it is disposed', async () => {
    const api = connected({ kubeconfig: as({ token: controlPlane.admin.token }) })
    const events = api.watch({ path: '/api/v1/namespaces', signal })[Symbol.asyncIterator]()
    await events.next()
    const ended = (async () => {
      for (;;) if ((await events.next()).done === true) return
    })()
    await api[Symbol.asyncDispose]()
    expect(await errorOf(ended)).toMatchObject({ code: 'CONNECTION_CLOSED' })
    expect(await errorOf(api.call({ ...namespaces, signal }))).toMatchObject({ code: 'CONNECTION_CLOSED' })
  })
})

describe('a call', () => {
  test('that is aborted ends with the reason, and frees its socket', async () => {
    await using webhook = await hangingWebhook(controlPlane)
    const api = admin({ maxConnections: 1 })
    const abort = new AbortController()
    const asked = webhook.asked()
    const calling = api.call({ ...configMap(webhook.namespace, 'a'), signal: abort.signal })
    await asked
    const reason = new Error('enough')
    abort.abort(reason)
    await expect(calling).rejects.toBe(reason)
    expect(await api.call({ ...namespaces, signal })).toMatchObject({ status: 200 })
  })

  test('has an unknown outcome when the server dies while it writes', async () => {
    await using webhook = await hangingWebhook(controlPlane)
    const api = admin()
    const asked = webhook.asked()
    const writing = errorOf(api.call({ ...configMap(webhook.namespace, 'a'), signal }))
    await asked
    await controlPlane.apiServer.kill()
    try {
      expect(await writing).toMatchObject({
        code: 'CLUSTER_UNREACHABLE',
        kind: 'transient',
        message: expect.stringContaining('the outcome of the write is unknown'),
      })
      const reading = await errorOf(api.call({ ...namespaces, signal }))
      expect(reading).toMatchObject({ code: 'CLUSTER_UNREACHABLE' })
      expect(reading.message).not.toContain('outcome')
    } finally {
      await controlPlane.apiServer.start()
    }
    expect(await api.call({ ...namespaces, signal })).toMatchObject({ status: 200 })
  }, 30_000)
})

describe('a watch', () => {
  test('gives what is there, a bookmark, and what happens then', async () => {
    const namespace = await controlPlane.createNamespace()
    const api = admin()
    await api.call({ ...configMap(namespace, 'a'), signal })
    const path = `/api/v1/namespaces/${namespace}/configmaps`
    const query = {
      sendInitialEvents: 'true',
      allowWatchBookmarks: 'true',
      resourceVersionMatch: 'NotOlderThan',
    }
    const seen: string[] = []
    for await (const { type, object } of api.watch({ path, query, signal })) {
      seen.push(`${type} ${object.metadata.name ?? ''}`)
      const end = object.metadata.annotations?.['k8s.io/initial-events-end']
      if (end === 'true') await api.call({ ...configMap(namespace, 'b', { x: 'ü'.repeat(100_000) }), signal })
      if (object.metadata.name === 'b' && type === 'ADDED')
        await api.call({ method: 'DELETE', path: `${path}/a`, signal })
      if (type === 'DELETED') break
    }
    expect(seen).toEqual(['ADDED a', 'BOOKMARK ', 'ADDED b', 'DELETED a'])
  })

  test('ends when the server ends it', async () => {
    const events: WatchEvent[] = []
    const query = { timeoutSeconds: '1' }
    for await (const event of admin().watch({ path: '/api/v1/nodes', query, signal })) events.push(event)
    expect(events).toEqual([])
  })

  test('that is aborted ends with the reason', async () => {
    const abort = new AbortController()
    const events = admin().watch({ path: '/api/v1/namespaces', signal: abort.signal })[Symbol.asyncIterator]()
    await events.next()
    const reason = new Error('enough')
    const ended = (async () => {
      for (;;) await events.next()
    })()
    abort.abort(reason)
    await expect(ended).rejects.toBe(reason)
  })

  test('of a kind that is not served is refused', async () => {
    const events = admin().watch({ path: '/apis/nobody.example.com/v1/things', signal })
    expect(await errorOf(events[Symbol.asyncIterator]().next())).toMatchObject({ code: 'TYPE_NOT_SERVED' })
  })

  test('of a server that falls silent makes WATCH_SILENT', async () => {
    const api = admin({ silenceMs: 200 })
    const events = api.watch({ path: '/api/v1/nodes', signal })[Symbol.asyncIterator]()
    const next = events.next()
    expect(await errorOf(next)).toMatchObject({ code: 'WATCH_SILENT', kind: 'transient' })
  })

  test('is cut when the server dies, and what it missed is known to be gone', async () => {
    const api = admin()
    const events = api.watch({ path: '/api/v1/namespaces', signal })[Symbol.asyncIterator]()
    await events.next()
    const ended = errorOf(
      (async () => {
        for (;;) if ((await events.next()).done === true) return 'ended'
      })(),
    )
    await controlPlane.apiServer.kill()
    onTestFinished(() => controlPlane.apiServer.start())
    expect(await ended).toMatchObject({ code: 'CLUSTER_UNREACHABLE' })
    await controlPlane.apiServer.start()
    const old = api.watch({ path: '/api/v1/namespaces', query: { resourceVersion: '1' }, signal })
    const thrown = await errorOf(old[Symbol.asyncIterator]().next())
    expect(thrown).toMatchObject({ code: 'HISTORY_EXPIRED', kind: 'conflict' })
    expect(isExpired(thrown)).toBe(true)
  }, 30_000)
})
