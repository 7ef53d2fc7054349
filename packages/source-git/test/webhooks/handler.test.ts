import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type WebhookHandlerOptions, type WebhookOutcome, webhookHandler } from '../../src/index.ts'
import { errorOf } from '../scene.ts'
import {
  azure,
  bitbucketCloud,
  bitbucketDataCenter,
  type Delivery,
  generic,
  gitea,
  github,
  githubForm,
  gitlab,
  gitlabSigned,
  secret,
  whsec,
} from './payloads.ts'

type Options = WebhookHandlerOptions<string>

const secrets: Options['secrets'] = {
  github: secret,
  gitlab: secret,
  gitea: secret,
  forgejo: secret,
  gogs: secret,
  'bitbucket-cloud': secret,
  'bitbucket-data-center': secret,
  'azure-devops': { username: 'mooring', password: secret },
  generic: secret,
}

const sources: Options['sources'] = [
  { url: 'https://github.com/example/env.git', source: 'github main' },
  { url: 'git@github.com:example/env.git', ref: { branch: 'main' }, source: 'github main by ssh' },
  { url: 'https://github.com/example/env', ref: { branch: 'next' }, source: 'github next' },
  { url: 'https://github.com/example/env', ref: { tag: 'v1.0.0' }, source: 'github v1.0.0' },
  { url: 'https://github.com/example/env', ref: { semver: '^1', prefix: 'v' }, source: 'github ^1' },
  { url: 'https://github.com/example/env', ref: { name: 'refs/pull/7/head' }, source: 'github pull' },
  { url: 'https://github.com/example/env', ref: { commit: '2'.repeat(40) }, source: 'github pinned' },
  { url: 'https://github.com/example/other', source: 'other' },
  { url: 'https://gitlab.example.com/team/group/env.git', source: 'gitlab' },
  { url: 'https://gitlab.example.com/team/env.git', source: 'gitlab elsewhere' },
  { url: 'https://gitea.example.com:3000/team/env', source: 'gitea' },
  { url: 'https://gitea.example.com/team/env', source: 'gitea on another port' },
  { url: 'https://bitbucket.org/team/env', source: 'cloud' },
  { url: 'https://bitbucket.example.com/scm/team/env.git', source: 'data center' },
  { url: 'https://dev.azure.com/team/My%20Project/_git/Env%20Repo', source: 'azure' },
  { url: '/srv/git/env.git', source: 'local' },
]

/** A handler and what it has woken so far. */
function newHandler(options: Partial<Options> = {}) {
  const woken: string[] = []
  const outcomes: WebhookOutcome[] = []
  const handle = webhookHandler<string>({
    secrets,
    sources,
    wake: (source) => void woken.push(source),
    onOutcome: (outcome) => void outcomes.push(outcome),
    ...options,
  })
  const send = (delivery: Delivery, init: RequestInit = {}) => handle(requestOf(delivery, init))
  return { handle, send, woken, outcomes }
}

const requestOf = ({ headers, body }: Delivery, init: RequestInit = {}): Request =>
  new Request('https://hooks.example.com/', { method: 'POST', headers, body, ...init })

const codeOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { readonly code?: string }).code

describe('a push wakes exactly the sources of its repository and ref:', () => {
  const github1 = ['github main', 'github main by ssh', 'github pull']
  test.each<[string, Delivery, readonly string[]]>([
    ['GitHub', github(), github1],
    ['GitHub, as a form', githubForm(), github1],
    ['GitHub, another branch', github('refs/heads/next'), ['github next', 'github pull']],
    ['GitHub, a tag', github('refs/tags/v1.0.0'), ['github v1.0.0', 'github ^1', 'github pull']],
    ['GitHub, a tag of a range', github('refs/tags/v1.1.0'), ['github ^1', 'github pull']],
    ['GitLab', gitlab(), ['gitlab']],
    ['GitLab, another branch', gitlab('refs/heads/next'), []],
    ['Gitea', gitea(), ['gitea']],
    ['Forgejo', gitea('forgejo'), ['gitea']],
    ['Gogs', gitea('gogs'), ['gitea']],
    ['Bitbucket Cloud', bitbucketCloud(), ['cloud']],
    ['Bitbucket Data Center', bitbucketDataCenter(), ['data center']],
    ['Azure DevOps', azure, ['azure']],
    [
      'generic',
      generic({ repository: 'git@github.com:example/other', refs: ['refs/heads/main'] }),
      ['other'],
    ],
    [
      'generic, about two',
      generic({ repository: ['https://github.com/example/other', 'https://bitbucket.org/team/env'] }),
      ['other', 'cloud'],
    ],
  ])('%s', async (_, delivery, expected) => {
    const { send, woken, outcomes } = newHandler()
    const response = await send(delivery)
    expect(response.status).toBe(202)
    expect(await response.json()).toEqual({ woken: expected.length })
    expect(woken).toEqual(expected)
    expect(outcomes).toEqual([expect.objectContaining({ status: 202, woken: expected.length })])
  })

  test('Bitbucket Data Center before it named addresses, by the path', async () => {
    const { send, woken } = newHandler({
      sources: [
        { url: 'https://bitbucket.example.com/scm/TEAM/env.git', source: 'a' },
        { url: 'https://bitbucket.example.com/scm/team/env2.git', source: 'b' },
      ],
    })
    await send(bitbucketDataCenter(false))
    expect(woken).toEqual(['a'])
  })

  test('sources that come and go', async () => {
    let now = sources as readonly { url: string; source: string }[]
    const { send, woken } = newHandler({ sources: () => now })
    await send(gitlab())
    now = [{ url: 'https://gitea.example.com:3000/team/env', source: 'new' }]
    await send(gitea())
    expect(woken).toEqual(['gitlab', 'new'])
  })
})

describe('what nobody signed wakes nothing:', () => {
  const edit = (delivery: Delivery, headers: Record<string, string>, body = delivery.body): Delivery => ({
    headers: { ...delivery.headers, ...headers },
    body,
  })
  test.each<[string, Delivery]>([
    ['another body', edit(github(), {}, github('refs/heads/next').body)],
    ['no signature', edit(github(), { 'x-hub-signature-256': '' })],
    [
      'a signature cut short',
      edit(github(), { 'x-hub-signature-256': github().headers['x-hub-signature-256']?.slice(0, -2) ?? '' }),
    ],
    [
      'the signature in SHA-1 alone',
      edit(github(), { 'x-hub-signature-256': 'sha1=0000000000000000000000000000000000000000' }),
    ],
    ['another secret', edit(gitlab(), { 'x-gitlab-token': 'incorrect horse battery staple' })],
    ['a secret and more', edit(gitlab(), { 'x-gitlab-token': `${secret}x` })],
    ['no token', edit(gitlab(), { 'x-gitlab-token': '' })],
    ['another password', edit(azure, { authorization: `Basic ${btoa('mooring:wrong wrong wrong')}` })],
    ['another user', edit(azure, { authorization: `Basic ${btoa(`other:${secret}`)}` })],
    ['the secret as a signature', edit(gitea(), { 'x-gitea-signature': secret })],
    ['no headers', { headers: {}, body: github().body }],
  ])('%s', async (_, delivery) => {
    const { send, woken } = newHandler()
    const response = await send(delivery)
    expect(response.status).toBe(401)
    expect(await codeOf(response)).toBe('WEBHOOK_NOT_AUTHENTIC')
    expect(woken).toEqual([])
  })

  test('a provider without a secret, even signed with that of another', async () => {
    const { send, woken } = newHandler({ secrets: { gitea: secret } })
    expect((await send(github())).status).toBe(401)
    expect((await send(gitlab())).status).toBe(401)
    expect((await send(gitea())).status).toBe(202)
    expect(woken).toEqual(['gitea'])
  })

  test('a token where only signing tokens are given', async () => {
    const now = 1_800_000_000_000
    const { send } = newHandler({ secrets: { gitlab: whsec }, now: () => now })
    expect((await send(gitlab('refs/heads/main', whsec))).status).toBe(401)
    expect((await send(gitlabSigned(now))).status).toBe(202)
  })
})

describe('GitLab, signed', () => {
  const now = 1_800_000_000_000
  test.each([
    ['now', 0, 202],
    ['four minutes ago', -240_000, 202],
    ['six minutes ago', -360_000, 401],
    ['in six minutes', 360_000, 401],
  ])('%s', async (_, offset, status) => {
    const { send } = newHandler({ secrets: { gitlab: [whsec, secret] }, now: () => now })
    expect((await send(gitlabSigned(now + offset))).status).toBe(status)
  })

  test('with another id, time or key is refused', async () => {
    const { send } = newHandler({ secrets: { gitlab: whsec }, now: () => now })
    const { headers, body } = gitlabSigned(now)
    const later = String(now / 1000 + 1)
    expect((await send({ headers: { ...headers, 'webhook-id': 'msg_2' }, body })).status).toBe(401)
    expect((await send({ headers: { ...headers, 'webhook-timestamp': later }, body })).status).toBe(401)
    const other = `whsec_${Buffer.alloc(32).toString('base64')}`
    expect((await send(gitlabSigned(now, 'msg_1', other))).status).toBe(401)
  })
})

describe('secrets', () => {
  test('can be several, while they are being changed', async () => {
    const { send, woken } = newHandler({ secrets: { github: ['the next secret, not used yet', secret] } })
    expect((await send(github())).status).toBe(202)
    expect(woken.length).toBeGreaterThan(0)
  })

  test.each([
    {},
    { github: undefined },
    { github: '' },
    { github: 'short' },
    { github: [] },
    { github: [secret, ''] },
    { github: `${secret}\n` },
    { 'azure-devops': { username: 'mooring', password: '' } },
  ])('are needed, and long enough: %j', async (wrong) => {
    const error = await errorOf(() => newHandler({ secrets: wrong as Options['secrets'] }))
    expect(error.code).toBe('INVALID_OPTION')
    expect(error.message).not.toContain(secret)
  })
})

describe('a delivery', () => {
  test('that comes again wakes nothing, under another id neither, until it is forgotten', async () => {
    let now = 1_800_000_000_000
    const { send, woken } = newHandler({ now: () => now })
    await send(gitea())
    const again = await send(gitea())
    expect([again.status, await again.json()]).toEqual([200, { woken: 0 }])
    const { headers, body } = gitea()
    await send({ headers: { ...headers, 'x-gitea-delivery': 'other' }, body })
    expect(woken).toEqual(['gitea'])
    now += 600_001
    await send(gitea())
    expect(woken).toEqual(['gitea', 'gitea'])
  })

  test('that could not be used may come again', async () => {
    let isBroken = true
    const woken: string[] = []
    const { send } = newHandler({
      wake: (source) => {
        if (isBroken) throw new Error('not now')
        woken.push(source)
      },
    })
    const response = await send(gitea())
    expect([response.status, await codeOf(response)]).toEqual([500, 'WEBHOOK_WAKE_FAILED'])
    isBroken = false
    expect((await send(gitea())).status).toBe(202)
    expect(woken).toEqual(['gitea'])
  })

  test('after many others in a minute is refused, and taken again later', async () => {
    let now = 1_800_000_000_000
    const { send, woken } = newHandler({ now: () => now, limits: { wakesPerMinute: 3 } })
    const push = (at: number) => send(github('refs/heads/next', { after: String(at) }))
    for (let at = 0; at < 3; at++) expect((await push(at)).status).toBe(202)
    const refused = await push(3)
    expect([refused.status, await codeOf(refused)]).toEqual([429, 'WEBHOOK_TOO_MANY'])
    expect(refused.headers.get('retry-after')).toBe('60')
    expect((await send(gitea())).status).toBe(202)
    now += 20_000
    expect((await push(3)).status).toBe(202)
    expect(woken.filter((source) => source === 'github next')).toHaveLength(4)
  })
})

describe('a request', () => {
  test('that is no POST is refused', async () => {
    const { handle } = newHandler()
    const response = await handle(new Request('https://hooks.example.com/'))
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  })

  test('with more body than is taken is refused before it is read, or as soon as it shows', async () => {
    const { handle, send } = newHandler({ limits: { maxBodyBytes: 1000 } })
    expect((await send(github())).status).toBe(413)
    const { headers } = github()
    let given = 0
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        given += 100
        controller.enqueue(new Uint8Array(100))
      },
    })
    const lying = new Request('https://hooks.example.com/', {
      method: 'POST',
      headers: { ...headers, 'content-length': '10' },
      body: endless,
      duplex: 'half',
    } as RequestInit)
    const response = await handle(lying)
    expect([response.status, await codeOf(response)]).toEqual([413, 'WEBHOOK_TOO_LARGE'])
    expect(given).toBeLessThan(2000)
  })

  test('whose body never comes is given up, and no more than so many at a time are waited for', async () => {
    const { handle, send } = newHandler({ limits: { bodyTimeoutMs: 50, maxConcurrent: 2 } })
    const slow = () =>
      handle(
        new Request('https://hooks.example.com/', {
          method: 'POST',
          headers: github().headers,
          body: new ReadableStream({}),
          duplex: 'half',
        } as RequestInit),
      )
    const [one, two] = [slow(), slow()]
    const third = await send(github())
    expect([third.status, await codeOf(third)]).toEqual([503, 'WEBHOOK_BUSY'])
    expect((await one).status).toBe(408)
    expect((await two).status).toBe(408)
    expect((await send(github())).status).toBe(202)
  })

  test('whose body breaks off, or is no bytes, is refused', async () => {
    const { handle } = newHandler()
    for (const start of [
      (controller: ReadableStreamDefaultController) => controller.error(new Error('gone')),
      (controller: ReadableStreamDefaultController) => controller.enqueue('text'),
    ]) {
      const body = new ReadableStream({ start })
      const init = { method: 'POST', headers: github().headers, body, duplex: 'half' } as RequestInit
      const response = await handle(new Request('https://hooks.example.com/', init))
      expect([response.status, await codeOf(response)]).toEqual([400, 'WEBHOOK_UNREADABLE'])
    }
  })

  test('that was read before is refused', async () => {
    const { handle } = newHandler()
    const request = requestOf(github())
    await request.text()
    expect((await handle(request)).status).toBe(400)
  })

  test('that is signed and unreadable, or a test, wakes nothing', async () => {
    const { send, woken } = newHandler()
    const unreadable = await send(generic({ hello: 'world' }))
    expect([unreadable.status, await codeOf(unreadable)]).toEqual([400, 'WEBHOOK_UNREADABLE'])
    const { headers, body } = github()
    expect((await send({ headers: { ...headers, 'x-github-event': 'ping' }, body })).status).toBe(200)
    expect(woken).toEqual([])
  })

  test('is answered whatever the listener does', async () => {
    const { send } = newHandler({
      onOutcome: () => {
        throw new Error('broken listener')
      },
    })
    expect((await send(gitea())).status).toBe(202)
  })
})

test('a signed webhook that is changed at random is answered with a code, and wakes nothing', async () => {
  const { send, woken } = newHandler()
  const valid = [github(), githubForm(), gitea(), bitbucketCloud(), bitbucketDataCenter()]
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...valid),
      fc.nat(),
      fc.uint8Array({ minLength: 1, maxLength: 4 }),
      async (delivery, at, bytes) => {
        const body = Buffer.from(delivery.body)
        const from = at % body.length
        const changed = Buffer.concat([body.subarray(0, from), bytes, body.subarray(from + bytes.length)])
        fc.pre(!changed.equals(body))
        const response = await send({ headers: delivery.headers, body: '' }, { body: changed })
        expect(response.status).toBe(401)
      },
    ),
    { numRuns: 500 },
  )
  expect(woken).toEqual([])
})

test.for([
  'whsec_####################',
  'whsec_AA==          ',
  'whsec_АБВГДЕЖЗИЙК',
  `whsec_${Buffer.alloc(23, 7).toString('base64')}`,
  `whsec_${Buffer.alloc(32, 7).toString('base64')} `,
])('a signing token whose key is too short is refused: %j', async (token) => {
  for (const gitlab of [token, [whsec, token]]) {
    const error = await errorOf(() => newHandler({ secrets: { gitlab } }))
    expect(error.code).toBe('INVALID_OPTION')
    expect(error.message).not.toContain(token)
  }
})

test('a secret for a provider that does not exist is refused', async () => {
  const misspelt = { GitHub: secret, github: secret } as Options['secrets']
  expect((await errorOf(() => newHandler({ secrets: misspelt }))).code).toBe('INVALID_OPTION')
})
