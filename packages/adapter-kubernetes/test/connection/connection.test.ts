import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { simulatedClock } from '@mooring/core/testing'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type ConnectionOptions, createConnection } from '../../src/connection/connection.ts'
import { exec, kubeconfig, plugin, temporaryFolder } from './plugin.ts'

const { signal } = new AbortController()
const credentialsOf = (options: ConnectionOptions) => createConnection(options).credentials({ signal })

const errorOf = async (
  promise: Promise<unknown>,
): Promise<{ code: string; message: string; hint?: string }> =>
  promise.then(
    () => expect.fail('It should have been refused'),
    (error) => error,
  )

afterEach(() => void vi.unstubAllEnvs())

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('the default kubeconfig', () => {
  test('is the one that KUBECONFIG names, with everything in it', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'token'), 'one')
    writeFileSync(join(folder, 'config'), kubeconfig({ user: { tokenFile: 'token', as: 'jane' } }).text)
    vi.stubEnv('KUBECONFIG', join(folder, 'config'))
    expect((await credentialsOf({})).headers).toEqual({
      authorization: 'Bearer one',
      'impersonate-user': 'jane',
    })
  })

  test('is refused where there is none, rather than guessed', async () => {
    vi.stubEnv('KUBECONFIG', '')
    vi.stubEnv('HOME', temporaryFolder())
    expect(await errorOf(credentialsOf({}))).toMatchObject({ code: 'KUBECONFIG_NOT_FOUND' })
  })
})

describe('a kubeconfig', () => {
  test('gives server, authority and token of the context chosen', async () => {
    const config = {
      clusters: [
        { name: 'a', cluster: { server: 'https://a.example.com/k8s/clusters/c-1/', 'tls-server-name': 'b' } },
      ],
      users: [{ name: 'u', user: { token: 'one\n' } }],
      contexts: [{ name: 'x', context: { cluster: 'a', user: 'u', namespace: 'shop' } }],
    }
    const connection = createConnection({ kubeconfig: { text: JSON.stringify(config) }, context: 'x' })
    expect(await connection.credentials({ signal })).toMatchObject({
      serverUrl: 'https://a.example.com/k8s/clusters/c-1',
      servername: 'b',
      rejectUnauthorized: true,
      headers: { authorization: 'Bearer one' },
    })
    expect(await connection.namespace({ signal })).toBe('shop')
  })

  test('from a file has paths relative to it', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'token'), 'from a file\n')
    writeFileSync(join(folder, 'ca'), 'an authority')
    const { text } = kubeconfig({ cluster: { 'certificate-authority': 'ca' }, user: { tokenFile: 'token' } })
    writeFileSync(join(folder, 'config'), text)
    expect(await credentialsOf({ kubeconfig: join(folder, 'config') })).toMatchObject({
      ca: 'an authority',
      headers: { authorization: 'Bearer from a file' },
    })
  })

  test('gives a user name and password as basic authentication', async () => {
    const { headers } = await credentialsOf({
      kubeconfig: kubeconfig({ user: { username: 'me', password: 'p' } }),
    })
    expect(headers).toEqual({ authorization: `Basic ${btoa('me:p')}` })
  })

  test('may act as somebody else', async () => {
    const user = {
      token: 't',
      as: 'jane',
      'as-groups': ['a', 'b'],
      'as-uid': '7',
      'as-user-extra': { Y: ['1'] },
    }
    expect((await credentialsOf({ kubeconfig: kubeconfig({ user }) })).headers).toEqual({
      authorization: 'Bearer t',
      'impersonate-user': 'jane',
      'impersonate-group': ['a', 'b'],
      'impersonate-uid': '7',
      'impersonate-extra-y': ['1'],
    })
  })

  test.for([
    [
      'a file that is not there',
      { kubeconfig: '/nowhere/config' },
      'KUBECONFIG_NOT_FOUND',
      /\/nowhere\/config.*ENOENT/,
    ],
    [
      'a context that is not there',
      { kubeconfig: kubeconfig({}), context: 'prod' },
      'KUBECONFIG_INVALID',
      /context prod, found the contexts here/,
    ],
    ['no context at all', { kubeconfig: { text: '{}' } }, 'KUBECONFIG_INVALID', /found no contexts/],
    [
      'a context with an unknown cluster',
      { kubeconfig: kubeconfig({ context: { cluster: 'b' } }) },
      'KUBECONFIG_INVALID',
      /no cluster b/,
    ],
    [
      'a context with an unknown user',
      { kubeconfig: kubeconfig({ context: { user: 'b' } }) },
      'KUBECONFIG_INVALID',
      /no user b/,
    ],
    [
      'text that is no YAML',
      { kubeconfig: { text: 'users:\n  token: "s3cret\n a: [' } },
      'KUBECONFIG_INVALID',
      /in line \d/,
    ],
    ['text that is another thing', { kubeconfig: { text: 's3cret' } }, 'KUBECONFIG_INVALID', /text/],
    [
      'a user without a name',
      { kubeconfig: { text: 'users: [{user: {token: s3cret}}]' } },
      'KUBECONFIG_INVALID',
      /users\[0\].name/,
    ],
    [
      'http to another host',
      { kubeconfig: kubeconfig({ server: 'http://example.com' }) },
      'KUBECONFIG_INVALID',
      /http:\/\/ to example.com/,
    ],
    [
      'credentials in the address',
      { kubeconfig: kubeconfig({ server: 'https://me:s3cret@example.com' }) },
      'KUBECONFIG_INVALID',
      /without credentials/,
    ],
    [
      'an unknown kind of proxy',
      { kubeconfig: kubeconfig({ cluster: { 'proxy-url': 'ftp://me:s3cret@x' } }) },
      'KUBECONFIG_INVALID',
      /proxy-url/,
    ],
    [
      'a token file that is not there',
      { kubeconfig: kubeconfig({ user: { tokenFile: '/nowhere/token' } }) },
      'CREDENTIALS_FAILED',
      /\/nowhere\/token cannot be read \(ENOENT\)/,
    ],
    [
      'a certificate that is not there',
      { kubeconfig: kubeconfig({ user: { 'client-certificate': '/nowhere/crt' } }) },
      'CREDENTIALS_FAILED',
      /\/nowhere\/crt cannot be read/,
    ],
    ['no pod around', { inCluster: true }, 'KUBECONFIG_NOT_FOUND', /KUBERNETES_SERVICE_HOST/],
  ] as const)('with %s is refused without telling a secret', async ([, options, code, message]) => {
    const error = await errorOf(credentialsOf(options))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
    expect(error.message + error.hint).not.toContain('s3cret')
  })

  test('that was missing is found at the next ask', async () => {
    const path = join(temporaryFolder(), 'config')
    const connection = createConnection({ kubeconfig: path })
    expect(await errorOf(connection.credentials({ signal }))).toMatchObject({ code: 'KUBECONFIG_NOT_FOUND' })
    writeFileSync(path, kubeconfig({}).text)
    expect(await connection.credentials({ signal })).toMatchObject({ serverUrl: 'https://127.0.0.1:1' })
  })

  test.for(['http://127.0.0.1:8001', 'http://localhost:8001', 'http://[::1]:8001'])(
    'may name %s, which is this host',
    async (server) => {
      expect(await credentialsOf({ kubeconfig: kubeconfig({ server }) })).toMatchObject({ serverUrl: server })
    },
  )

  test('may name another host with http:// where that is allowed', async () => {
    const options = { kubeconfig: kubeconfig({ server: 'http://example.com' }), allowPlainHttp: true }
    expect(await credentialsOf(options)).toMatchObject({ serverUrl: 'http://example.com' })
  })
})

describe('credentials', () => {
  test('are kept for a minute and then read again, with what has rotated', async () => {
    const clock = simulatedClock()
    const file = join(temporaryFolder(), 'token')
    writeFileSync(file, 'one')
    const connection = createConnection({ kubeconfig: kubeconfig({ user: { tokenFile: file } }), clock })
    const first = await connection.credentials({ signal })
    writeFileSync(file, 'two')
    await clock.advance(59_999)
    expect(await connection.credentials({ signal })).toBe(first)
    await clock.advance(1)
    expect((await connection.credentials({ signal })).headers).toEqual({ authorization: 'Bearer two' })
  })

  test('have another material only when TLS material has changed', async () => {
    const folder = temporaryFolder()
    const [token, ca] = [join(folder, 'token'), join(folder, 'ca')]
    writeFileSync(token, 'one')
    writeFileSync(ca, 'one')
    const connection = createConnection({
      kubeconfig: kubeconfig({ cluster: { 'certificate-authority': ca }, user: { tokenFile: token } }),
      credentialsMaxAgeMs: 0,
    })
    const first = await connection.credentials({ signal })
    writeFileSync(token, 'two')
    const second = await connection.credentials({ signal })
    expect(second).toMatchObject({ material: first.material, headers: { authorization: 'Bearer two' } })
    writeFileSync(ca, 'two')
    expect((await connection.credentials({ signal })).material).not.toBe(first.material)
  })

  test('that were refused are read anew, kubeconfig included', async () => {
    const path = join(temporaryFolder(), 'config')
    writeFileSync(path, kubeconfig({ user: { token: 'one' } }).text)
    const connection = createConnection({ kubeconfig: path })
    const refused = await connection.credentials({ signal })
    writeFileSync(path, kubeconfig({ user: { token: 'two' } }).text)
    expect(await connection.credentials({ signal })).toBe(refused)
    connection.drop(refused)
    expect((await connection.credentials({ signal })).headers).toEqual({ authorization: 'Bearer two' })
  })

  test('that somebody else has replaced are not dropped twice', async () => {
    const connection = createConnection({ kubeconfig: kubeconfig({ user: { token: 'one' } }) })
    const refused = await connection.credentials({ signal })
    connection.drop(refused)
    const renewed = await connection.credentials({ signal })
    connection.drop(refused)
    expect(await connection.credentials({ signal })).toBe(renewed)
  })
})

describe('a credential plugin', () => {
  test('runs once for all who ask at the same time', async () => {
    const { command, runs } = plugin(temporaryFolder(), 'give({ token: "t" + run })')
    const connection = createConnection({ kubeconfig: kubeconfig({ user: exec(command) }) })
    const all = await Promise.all(Array.from({ length: 20 }, () => connection.credentials({ signal })))
    expect(new Set(all.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer t1']))
    expect(runs()).toBe(1)
  })

  test('runs again when its credential is about to run out', async () => {
    const clock = simulatedClock()
    const expires = new Date(clock.now() + 300_000).toISOString()
    const { command, runs } = plugin(
      temporaryFolder(),
      `give({ token: 't' + run, expirationTimestamp: ${JSON.stringify(expires)} })`,
    )
    const connection = createConnection({ kubeconfig: kubeconfig({ user: exec(command) }), clock })
    await connection.credentials({ signal })
    await clock.advance(209_000)
    await connection.credentials({ signal })
    expect(runs()).toBe(1)
    await clock.advance(62_000)
    await connection.credentials({ signal })
    expect(runs()).toBe(2)
  })

  test('gets our environment, its own variables, and what is asked for', async () => {
    const { command } = plugin(
      temporaryFolder(),
      `const { spec, apiVersion } = JSON.parse(process.env.KUBERNETES_EXEC_INFO)
      give({ token: [process.argv[2], process.env.PATH !== undefined, process.env.ZONE, apiVersion, spec.interactive, spec.cluster.server].join() })`,
    )
    const user = exec(command, {
      args: ['get'],
      env: [{ name: 'ZONE', value: 'z' }],
      provideClusterInfo: true,
    })
    expect((await credentialsOf({ kubeconfig: kubeconfig({ user }) })).headers).toEqual({
      authorization: 'Bearer get,true,z,client.authentication.k8s.io/v1,false,https://127.0.0.1:1',
    })
  })

  test('may give a client certificate', async () => {
    const { command } = plugin(temporaryFolder(), `give({ clientCertificateData: 'c', clientKeyData: 'k' })`)
    const credentials = await credentialsOf({ kubeconfig: kubeconfig({ user: exec(command) }) })
    expect(credentials).toMatchObject({ cert: 'c', key: 'k', headers: {} })
  })

  test.for([
    ['fails', 'console.log("s3cret"); console.error("s3cret"); process.exit(3)', /plugin.*exit code 3/],
    ['prints something else', 'console.log("s3cret")', /neither a token nor/],
    ['gives nothing', 'give({})', /neither a token nor/],
  ] as const)('that %s is an error without what it printed', async ([, script, message]) => {
    const { command } = plugin(temporaryFolder(), script)
    const error = await errorOf(credentialsOf({ kubeconfig: kubeconfig({ user: exec(command) }) }))
    expect(error).toMatchObject({ code: 'CREDENTIALS_FAILED', message: expect.stringMatching(message) })
    expect(JSON.stringify([error, error.message])).not.toContain('s3cret')
  })

  test('that is not installed is an error with its own hint', async () => {
    const user = exec('mooring-no-such-plugin', { installHint: 'Get it somewhere.' })
    expect(await errorOf(credentialsOf({ kubeconfig: kubeconfig({ user }) }))).toMatchObject({
      code: 'CREDENTIALS_FAILED',
      message: expect.stringMatching(/mooring-no-such-plugin, found ENOENT/),
      hint: 'Get it somewhere.',
    })
  })

  test('that hangs is ended', async () => {
    const folder = temporaryFolder()
    const pidFile = join(folder, 'pid')
    const script = `fs.writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => {}, 1000)`
    const { command } = plugin(folder, script)
    const options = { kubeconfig: kubeconfig({ user: exec(command) }), credentialsTimeoutMs: 1_500 }
    expect(await errorOf(credentialsOf(options))).toMatchObject({ code: 'CREDENTIALS_FAILED' })
    await expect.poll(() => isAlive(Number(readFileSync(pidFile, 'utf8')))).toBe(false)
  })

  test('goes on for the others when one caller aborts', async () => {
    const { command, runs } = plugin(temporaryFolder(), 'setTimeout(() => give({ token: "t" }), 200)')
    const connection = createConnection({ kubeconfig: kubeconfig({ user: exec(command) }) })
    const abort = new AbortController()
    const leaving = connection.credentials({ signal: abort.signal })
    const staying = connection.credentials({ signal })
    const reason = new Error('enough')
    abort.abort(reason)
    await expect(leaving).rejects.toBe(reason)
    expect(await staying).toMatchObject({ headers: { authorization: 'Bearer t' } })
    expect(runs()).toBe(1)
  })

  test('ends with the connection', async () => {
    const { command } = plugin(temporaryFolder(), 'setInterval(() => {}, 1000)')
    const connection = createConnection({ kubeconfig: kubeconfig({ user: exec(command) }) })
    const asking = connection.credentials({ signal })
    connection.close()
    expect(await errorOf(asking)).toMatchObject({
      code: 'CREDENTIALS_FAILED',
      message: expect.stringContaining('closed'),
    })
  })
})
