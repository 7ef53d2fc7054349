import { isMooringError } from '@mooring/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeWebhook, sameRepository } from '../../src/index.ts'
import { errorOf } from '../scene.ts'
import * as payloads from './payloads.ts'

const deliveries: Readonly<Record<string, payloads.Delivery>> = {
  github: payloads.github(),
  'github as a form': payloads.githubForm(),
  gitlab: payloads.gitlab(),
  'gitlab, signed': payloads.gitlabSigned(0),
  gitea: payloads.gitea(),
  forgejo: payloads.gitea('forgejo'),
  gogs: payloads.gitea('gogs'),
  'bitbucket-cloud': payloads.bitbucketCloud(),
  'bitbucket-data-center': payloads.bitbucketDataCenter(),
  'bitbucket-data-center without links': payloads.bitbucketDataCenter(false),
  'azure-devops': payloads.azure,
  generic: payloads.generic({ repository: 'https://git.example.com/team/env' }),
}

describe('a push of', () => {
  test.each(Object.entries(deliveries))('%s names its repository and refs', (name, delivery) => {
    const event = decodeWebhook(delivery)
    expect(event).toMatchObject({ provider: name.split(/,? /)[0], kind: 'push' })
    expect(event.refs).toEqual(name === 'generic' ? 'unknown' : ['refs/heads/main'])
    expect(event.repositories.length > 0 || event.path === 'team/env').toBe(true)
  })

  test('a tag, a branch that was made and one that was removed name them by their full names', () => {
    expect(decodeWebhook(payloads.gitlab('refs/tags/v1')).refs).toEqual(['refs/tags/v1'])
    const { headers, body } = payloads.github()
    const made = { ...JSON.parse(body), ref: 'v1', ref_type: 'tag' }
    const created = { headers: { ...headers, 'x-github-event': 'create' }, body: JSON.stringify(made) }
    expect(decodeWebhook(created).refs).toEqual(['refs/tags/v1'])
    const cloud = JSON.parse(payloads.bitbucketCloud().body)
    cloud.push.changes = [{ new: null, old: { type: 'branch', name: 'gone' } }]
    const removed = { headers: payloads.bitbucketCloud().headers, body: JSON.stringify(cloud) }
    expect(decodeWebhook(removed).refs).toEqual(['refs/heads/gone'])
  })

  test('headers of Node and of Fetch are read alike, in any case', () => {
    const { headers, body } = payloads.github()
    const upper = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]]),
    )
    expect(decodeWebhook({ headers: upper, body })).toEqual(
      decodeWebhook({ headers: new Headers(headers), body }),
    )
  })
})

describe('other webhooks', () => {
  test('a test of the webhook is a ping, and what moves no ref is something other', () => {
    const kindOf = (headers: Record<string, string>, body = '{}') => decodeWebhook({ headers, body }).kind
    expect(kindOf({ 'x-github-event': 'ping' })).toBe('ping')
    expect(kindOf({ 'x-event-key': 'diagnostics:ping' })).toBe('ping')
    expect(kindOf({ 'x-github-event': 'issues' })).toBe('other')
    expect(kindOf({ authorization: 'Basic x' }, '{"eventType":"build.complete"}')).toBe('other')
  })

  test.each([
    ['no headers of a provider', {}, '{}'],
    ['no JSON', { 'x-github-event': 'push' }, '{'],
    ['no object', { 'x-github-event': 'push' }, 'null'],
    ['no repository', { 'x-github-event': 'push' }, '{"ref":"refs/heads/main"}'],
    [
      'a repository that is inherited',
      { 'x-github-event': 'push' },
      '{"__proto__":{"repository":{"url":"x"}}}',
    ],
    ['nesting without end', { 'x-github-event': 'push' }, '['.repeat(500_000)],
    ['bytes that are no UTF-8', { 'x-github-event': 'push' }, Buffer.from([0x22, 0xff, 0x22])],
  ])('with %s are WEBHOOK_UNREADABLE', async (_, headers, body) => {
    const error = await errorOf(() => decodeWebhook({ headers, body }))
    expect(error.code).toBe('WEBHOOK_UNREADABLE')
  })
})

test('nothing but WEBHOOK_UNREADABLE comes of a webhook that was changed at random', () => {
  const changed = fc.record({
    delivery: fc.constantFrom(...Object.values(deliveries)),
    edits: fc.array(fc.tuple(fc.nat(), fc.nat(20), fc.uint8Array({ maxLength: 8 })), { maxLength: 4 }),
    values: fc.array(fc.tuple(fc.nat(), fc.jsonValue()), { maxLength: 3 }),
    header: fc.option(fc.tuple(fc.nat(), fc.string())),
  })
  fc.assert(
    fc.property(changed, ({ delivery, edits, values, header }) => {
      const headers = { ...delivery.headers }
      const names = Object.keys(headers)
      if (header !== null) headers[names[header[0] % names.length] ?? ''] = header[1]
      let body = Buffer.from(values.length > 0 ? replaced(delivery.body, values) : delivery.body)
      for (const [at, length, bytes] of edits) {
        const from = at % (body.length + 1)
        body = Buffer.concat([body.subarray(0, from), bytes, body.subarray(from + length)])
      }
      try {
        const { repositories, refs } = decodeWebhook({ headers, body })
        for (const url of repositories) sameRepository(url, 'https://git.example.com/a')
        expect(refs === 'unknown' || refs.every((ref) => typeof ref === 'string')).toBe(true)
      } catch (thrown) {
        expect(isMooringError(thrown) && thrown.code).toBe('WEBHOOK_UNREADABLE')
      }
    }),
    { numRuns: 1000 },
  )
})

/** JSON with other values at some of its places. */
function replaced(body: string, values: readonly (readonly [number, unknown])[]): string {
  if (!body.startsWith('{')) return body
  const places: [Record<string, unknown>, string][] = []
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [name, inner] of Object.entries(value)) {
      places.push([value as Record<string, unknown>, name])
      visit(inner)
    }
  }
  const payload: unknown = JSON.parse(body)
  visit(payload)
  for (const [at, value] of values) {
    const [parent, name] = places[at % places.length] ?? []
    if (parent !== undefined && name !== undefined) parent[name] = value
  }
  return JSON.stringify(payload)
}

describe('sameRepository', () => {
  const same = [
    ['https://github.com/team/env', 'https://github.com/team/env.git'],
    ['https://github.com/Team/Env/', 'git@github.com:team/env.git'],
    ['https://user:token@github.com:443/team/env', 'ssh://git@github.com/team/env'],
    ['http://git.example.com/team/env', 'https://GIT.example.com/team//env.git/'],
    ['ssh://git@git.example.com:22/env', 'git@git.example.com:env'],
    ['ssh://git@git.example.com:2222/team/env', 'https://git.example.com:8443/team/env'],
    ['ssh://git@ssh.github.com:443/team/env', 'https://github.com/team/env'],
    ['https://dev.azure.com/team/My%20Project/_git/env', 'git@ssh.dev.azure.com:v3/team/My%20Project/env'],
    [
      'https://team.visualstudio.com/DefaultCollection/proj/_git/env',
      'https://team@dev.azure.com/team/proj/_git/env',
    ],
    ['https://dev.azure.com/team/_git/env', 'https://dev.azure.com/team/env/_git/env'],
    ['https://bitbucket.example.com/scm/team/env.git', 'ssh://git@bitbucket.example.com:7999/team/env.git'],
    ['https://example.com/bitbucket/scm/team/env.git', 'https://example.com/scm/TEAM/env'],
  ] as const
  test.each(same)('%s is %s', (one, other) => {
    expect(sameRepository(one, other)).toBe(true)
    expect(sameRepository(other, one)).toBe(true)
  })

  test.each([
    ['https://github.com/team/env', 'https://github.com/team/env2'],
    ['https://github.com/team/env', 'https://github.com.evil.example/team/env'],
    ['https://github.com/team/env', 'https://gitlab.com/team/env'],
    ['https://github.com/team/env', 'https://github.com/other/team/env'],
    ['https://git.example.com:8443/env', 'https://git.example.com/env'],
    ['ssh://git.example.com:2222/env', 'ssh://git.example.com/env'],
    ['https://github.com/', 'https://github.com/'],
    ['/srv/git/env.git', '/srv/git/env.git'],
    ['', ''],
    ['ext::sh -c x', 'ext::sh -c x'],
    ['https://github.com/team/env\n', 'https://github.com/te am/env'],
    ['file:///srv/env', 'file:///srv/env'],
  ])('%s is not %s', (one, other) => {
    expect(sameRepository(one, other)).toBe(false)
  })

  test('never throws, says the same both ways round, and knows an address again', () => {
    const address = fc.oneof(
      fc.string(),
      fc.string().map((path) => `https://git.example.com/${path}`),
      fc.constantFrom(...same.flat()),
    )
    fc.assert(
      fc.property(address, address, (one, other) => {
        expect(sameRepository(one, other)).toBe(sameRepository(other, one))
      }),
    )
    for (const one of same.flat()) expect(sameRepository(one, one)).toBe(true)
  })
})
