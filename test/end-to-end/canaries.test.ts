import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { directory, files } from '@mooring/adapter-filesystem'
import { createEngine, defineApplication, memoryStore } from '@mooring/core'
import { type GitSource, type GitSourceOptions, gitSource } from '@mooring/source-git'
import { expect, onTestFinished, test } from 'vitest'
import { serveGit } from '../../tools/git-http-server/index.ts'
import { testRepository } from '../../tools/git-repository/index.ts'
import { serveSsh } from '../../tools/ssh-server/index.ts'

/** Every form in which a secret could come to light. */
const formsOf = (secret: string): readonly string[] => {
  const bare = (text: string): string => Buffer.from(text).toString('base64').replace(/=+$/, '')
  return [
    secret,
    bare(secret),
    bare(`x-access-token:${secret}`),
    bare(`ada:${secret}`),
    encodeURIComponent(secret),
  ]
}

/** Bytes that an error or its causes carry, which nothing prints as text, but somebody could. */
function bytesIn(thrown: unknown): readonly string[] {
  if (typeof thrown !== 'object' || thrown === null) return []
  const own = Object.values(thrown).filter((value) => value instanceof Uint8Array)
  const cause = thrown instanceof Error ? bytesIn(thrown.cause) : []
  return [...own.map((bytes) => Buffer.from(bytes).toString('latin1')), ...cause]
}

/** A server that repeats whatever it is sent, each time in another place. */
async function echo(): Promise<string> {
  let count = 0
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const said = [request.headers.authorization, request.headers['proxy-authorization']].join(' ')
    const decoded = said.replace(/\S+/g, (word) => Buffer.from(word, 'base64').toString('latin1'))
    const spoken = `${said} ${decoded.replace(/[^\x20-\x7e]/g, '')}`
    const line = (text: string): string => (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text
    const git = { 'content-type': 'application/x-git-upload-pack-advertisement' }
    const ways = [
      () => response.writeHead(401, { 'www-authenticate': `Basic realm="${said}"` }).end(spoken),
      () => response.writeHead(500, { 'x-echo': said }).end(spoken),
      () => response.writeHead(302, { location: `https://evil.example/${encodeURIComponent(spoken)}` }).end(),
      () => response.writeHead(200, { 'content-type': `text/html; ${said}` }).end(spoken),
      () =>
        response
          .writeHead(200, git)
          .end(`${line('# service=git-upload-pack\n')}0000${line(`ERR ${spoken}`)}`),
      () =>
        response
          .writeHead(200, git)
          .end(`${line('# service=git-upload-pack\n')}0000${line(`${spoken}\n`)}0000`),
      // No HTTP at all: Node keeps such bytes with its error.
      () => request.socket.end(`${spoken}\r\n\r\n`),
    ]
    ways[count++ % ways.length]?.()
  }
  const server = createServer(answer)
  // A proxy that repeats what it is shown.
  server.on('connect', (request, socket) => {
    socket.on('error', () => undefined)
    socket.end(
      `HTTP/1.1 407 ${request.headers['proxy-authorization']}\r\nx-echo: ${request.headers['proxy-authorization']}\r\n\r\n`,
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('credentials show in no event, error, status, metric, history entry or argument of a process', {
  timeout: 60_000,
}, async () => {
  const secrets = {
    token: 'canary-tökenÄ/1+&=',
    provided: 'canary-pr0vided/2+&=',
    bearer: 'canary-bearer/3+&=',
    password: 'canary-pässword/4+&=',
    proxy: 'canary-proxy/5+&=',
    url: 'canary-url/6+&=',
  }
  const repository = await testRepository()
  await repository.commit({ files: { 'app/a.txt': 'a\n' } })
  const guarded = await serveGit({ root: repository.root, auth: { token: secrets.token } })
  const ssh = await serveSsh({ root: repository.root })
  const echoing = await echo()
  const folder = await mkdtemp(join(tmpdir(), 'mooring-canaries-'))
  const engine = createEngine({ store: memoryStore(), installation: 'test' })
  const leaving = new AbortController()
  onTestFinished(async () => {
    leaving.abort()
    await engine.stop()
    await guarded[Symbol.asyncDispose]()
    await ssh[Symbol.asyncDispose]()
    await repository[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  // The ssh of this machine, which notes its arguments and its environment on the way.
  const noted = join(folder, 'noted')
  const command = join(folder, 'noting-ssh')
  await writeFile(noted, '')
  await writeFile(command, `#!/bin/sh\nprintf '%s\\n' "$@" >> '${noted}'\nenv >> '${noted}'\nexec ssh "$@"\n`)
  await chmod(command, 0o755)

  const said: unknown[] = []
  const good = `${guarded.url}/${repository.name}`
  const proxy = `http://ada:${encodeURIComponent(secrets.proxy)}@${echoing}`
  const every: Readonly<Record<string, Omit<GitSourceOptions, 'pollMs'>>> = {
    good: { url: good, auth: { token: secrets.token } },
    'wrong-token': { url: good, auth: { token: secrets.provided } },
    provider: { url: `http://${echoing}/a`, auth: async () => ({ token: secrets.provided }) },
    bearer: { url: `http://${echoing}/b`, auth: { bearer: secrets.bearer } },
    password: { url: `http://${echoing}/c`, auth: { username: 'ada', password: secrets.password } },
    proxied: { url: `http://git.example/d`, auth: { token: secrets.token }, proxy },
    tunnelled: { url: 'https://git.example/e', auth: { token: secrets.token }, proxy },
    'dead-proxy': {
      url: 'https://git.example/f',
      proxy: `http://ada:${encodeURIComponent(secrets.proxy)}@127.0.0.1:1`,
    },
    ssh: {
      url: ssh.url + repository.path,
      ssh: { knownHosts: ssh.knownHosts, identity: ssh.client.privateKey, command },
    },
  }
  for (const url of [`https://ada:${secrets.url}@git.example/x`, `ssh://ada:${secrets.url}@git.example/x`]) {
    try {
      gitSource({ url })
    } catch (thrown) {
      said.push(thrown)
    }
  }
  const sources: GitSource[] = []
  for (const [name, options] of Object.entries(every)) {
    const source = gitSource({ ...options, pollMs: 50 })
    sources.push(source)
    const target = directory(join(folder, name))
    engine.add(
      defineApplication({ name, source, path: 'app', renderer: files(), target, sync: { intervalMs: 500 } }),
    )
  }
  const listening = (async () => {
    for await (const event of engine.events({ signal: leaving.signal })) said.push(event)
  })().catch(() => undefined)
  await engine.start()
  for (const name of ['good', 'ssh']) {
    await expect.poll(async () => (await engine.status(name)).sync, { timeout: 20_000 }).toBe('synced')
  }
  const failing = Object.keys(every).filter((name) => name !== 'good' && name !== 'ssh')
  for (const name of failing) {
    await expect
      .poll(async () => (await engine.status(name)).lastError?.code, { timeout: 20_000 })
      .toBeTruthy()
  }
  // Each way of the echo once at least, with the whole error and its causes.
  for (const source of sources) {
    for (let time = 0; time < 8; time++) {
      await source
        .resolve({ signal: new AbortController().signal })
        .catch((thrown: unknown) => said.push(thrown, bytesIn(thrown)))
    }
    said.push(source.metrics(), source.name)
  }
  for (const name of Object.keys(every)) {
    said.push(await engine.status(name), await engine.history(name, { limit: 100 }))
  }
  leaving.abort()
  await listening
  const everything = [
    inspect(said, { depth: null, maxArrayLength: null, maxStringLength: null, showHidden: true }),
    await readFile(noted, 'utf8'),
  ].join('\n')

  expect(everything).toContain('AUTHENTICATION_FAILED')
  expect(everything).toContain('PROXY_REFUSED')
  expect(everything).toContain('git-upload-pack')
  const found = Object.entries(secrets).filter(([, secret]) =>
    formsOf(secret).some((form) => everything.includes(form)),
  )
  expect(found.map(([name]) => name)).toEqual([])
  const key = ssh.client.privateKey.split('\n').slice(1, -2)
  expect(key.filter((line) => everything.includes(line))).toEqual([])
})
