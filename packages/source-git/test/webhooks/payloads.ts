import { createHmac } from 'node:crypto'

/** A webhook as a provider would send it, in the form its documentation describes, with values of our own. */
export interface Delivery {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export const secret = 'correct horse battery staple'
export const whsec = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`

const sha256 = (body: string, key: string | Buffer = secret): string =>
  createHmac('sha256', key).update(body).digest('hex')

const commits = Array.from({ length: 20 }, (_, at) => ({
  id: at.toString(16).padStart(40, '0'),
  tree_id: (at + 100).toString(16).padStart(40, '0'),
  distinct: true,
  message: `Raise the number of replicas of service ${at}\n\nIt has become slow in the evening.`,
  timestamp: '2026-11-21T12:00:00+01:00',
  author: { name: 'Ada Test', email: 'ada@example.com', username: 'ada' },
  committer: { name: 'Ada Test', email: 'ada@example.com', username: 'ada' },
  added: [],
  removed: [],
  modified: [`apps/service-${at}/values.yaml`],
}))

/** About 7 kB. */
export function github(ref = 'refs/heads/main', extra: object = {}): Delivery {
  const body = JSON.stringify({
    ref,
    before: '1'.repeat(40),
    after: '2'.repeat(40),
    created: false,
    deleted: false,
    forced: false,
    compare: 'https://github.com/Example/Env/compare/111111111111...222222222222',
    commits,
    head_commit: commits[0],
    repository: {
      id: 1,
      name: 'Env',
      full_name: 'Example/Env',
      private: true,
      html_url: 'https://github.com/Example/Env',
      url: 'https://github.com/Example/Env',
      git_url: 'git://github.com/Example/Env.git',
      ssh_url: 'git@github.com:Example/Env.git',
      clone_url: 'https://github.com/Example/Env.git',
      default_branch: 'main',
      pushed_at: 1_795_000_000,
    },
    pusher: { name: 'ada', email: 'ada@example.com' },
    sender: { login: 'ada', id: 2 },
    ...extra,
  })
  return {
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      'x-hub-signature': 'sha1=0000000000000000000000000000000000000000',
      'x-hub-signature-256': `sha256=${sha256(body)}`,
    },
    body,
  }
}

/** What GitHub sends where the form for new webhooks was left as it is. */
export function githubForm(): Delivery {
  const { headers, body } = github()
  const form = new URLSearchParams({ payload: body }).toString()
  return {
    headers: {
      ...headers,
      'content-type': 'application/x-www-form-urlencoded',
      'x-hub-signature-256': `sha256=${sha256(form)}`,
    },
    body: form,
  }
}

const gitlabBody = (ref: string): string =>
  JSON.stringify({
    object_kind: ref.startsWith('refs/tags/') ? 'tag_push' : 'push',
    event_name: 'push',
    before: '1'.repeat(40),
    after: '2'.repeat(40),
    ref,
    checkout_sha: '2'.repeat(40),
    user_username: 'ada',
    project_id: 15,
    project: {
      id: 15,
      name: 'env',
      web_url: 'https://gitlab.example.com/team/group/env',
      git_ssh_url: 'git@gitlab.example.com:team/group/env.git',
      git_http_url: 'https://gitlab.example.com/team/group/env.git',
      path_with_namespace: 'team/group/env',
      default_branch: 'main',
    },
    repository: { name: 'env', url: 'git@gitlab.example.com:team/group/env.git' },
    commits: [],
    total_commits_count: 0,
  })

export const gitlab = (ref = 'refs/heads/main', token = secret): Delivery => ({
  headers: {
    'content-type': 'application/json',
    'x-gitlab-event': ref.startsWith('refs/tags/') ? 'Tag Push Hook' : 'Push Hook',
    'x-gitlab-event-uuid': '13792a34-cac6-4fda-95a8-c58e00a3954e',
    'x-gitlab-token': token,
  },
  body: gitlabBody(ref),
})

export function gitlabSigned(atMs: number, id = 'msg_1', key = whsec): Delivery {
  const body = gitlabBody('refs/heads/main')
  const time = String(Math.floor(atMs / 1000))
  const sum = createHmac('sha256', Buffer.from(key.slice(6), 'base64')).update(`${id}.${time}.${body}`)
  return {
    headers: {
      'content-type': 'application/json',
      'x-gitlab-event': 'Push Hook',
      'webhook-id': id,
      'webhook-timestamp': time,
      'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')} v1,${sum.digest('base64')}`,
    },
    body,
  }
}

/** Gitea, Forgejo and Gogs send the headers of those before them too. */
export function gitea(kind: 'gitea' | 'forgejo' | 'gogs' = 'gitea', ref = 'refs/heads/main'): Delivery {
  const body = JSON.stringify({
    ref,
    before: '1'.repeat(40),
    after: '2'.repeat(40),
    compare_url: 'https://gitea.example.com/team/env/compare/1...2',
    commits: [],
    repository: {
      id: 140,
      name: 'env',
      full_name: 'team/env',
      html_url: 'https://gitea.example.com:3000/team/env',
      ssh_url: 'ssh://git@gitea.example.com:2222/team/env.git',
      clone_url: 'https://gitea.example.com:3000/team/env.git',
      default_branch: 'main',
    },
    pusher: { id: 1, login: 'ada' },
  })
  const signature = sha256(body)
  const names = { gogs: ['gogs'], gitea: ['gogs', 'gitea'], forgejo: ['gogs', 'gitea', 'forgejo'] }[kind]
  const own = names.flatMap((name) => [
    [`x-${name}-event`, 'push'],
    [`x-${name}-delivery`, 'f6266f16-1bf3-46a5-9ea4-602e06ead473'],
    [`x-${name}-signature`, signature],
  ])
  return {
    headers: {
      'content-type': 'application/json',
      ...Object.fromEntries(own),
      ...(kind === 'gogs' ? {} : { 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${signature}` }),
    },
    body,
  }
}

export function bitbucketCloud(branch = 'main'): Delivery {
  const body = JSON.stringify({
    push: {
      changes: [
        {
          new: { type: 'branch', name: branch, target: { type: 'commit', hash: '2'.repeat(40) } },
          old: { type: 'branch', name: branch, target: { type: 'commit', hash: '1'.repeat(40) } },
          forced: false,
          created: false,
          closed: false,
        },
      ],
    },
    repository: {
      type: 'repository',
      full_name: 'team/env',
      links: {
        self: { href: 'https://api.bitbucket.org/2.0/repositories/team/env' },
        html: { href: 'https://bitbucket.org/team/env' },
      },
      scm: 'git',
    },
    actor: { nickname: 'ada' },
  })
  return {
    headers: {
      'content-type': 'application/json',
      'x-event-key': 'repo:push',
      'x-hook-uuid': '{7ac5e4ba-25a8-4ae7-a0b9-8e2b6a0b7e8b}',
      'x-request-uuid': '37b2a0f6-7b4e-4b0c-9d11-0f3c5b8a9a11',
      'x-hub-signature': `sha256=${sha256(body)}`,
    },
    body,
  }
}

export function bitbucketDataCenter(withLinks = true): Delivery {
  const body = JSON.stringify({
    eventKey: 'repo:refs_changed',
    date: '2026-11-21T19:37:57+1000',
    actor: { name: 'ada', id: 5 },
    repository: {
      slug: 'env',
      id: 84,
      name: 'env',
      scmId: 'git',
      project: { key: 'TEAM', id: 3, name: 'Team' },
      ...(withLinks && {
        links: {
          clone: [
            { href: 'ssh://git@bitbucket.example.com:7999/team/env.git', name: 'ssh' },
            { href: 'https://bitbucket.example.com/scm/team/env.git', name: 'http' },
          ],
        },
      }),
    },
    changes: [
      {
        ref: { id: 'refs/heads/main', displayId: 'main', type: 'BRANCH' },
        refId: 'refs/heads/main',
        fromHash: '1'.repeat(40),
        toHash: '2'.repeat(40),
        type: 'UPDATE',
      },
    ],
  })
  return {
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'x-event-key': 'repo:refs_changed',
      'x-request-id': 'a1b2c3',
      'x-hub-signature': `sha256=${sha256(body)}`,
    },
    body,
  }
}

export const azure: Delivery = {
  headers: {
    'content-type': 'application/json; charset=utf-8',
    authorization: `Basic ${Buffer.from(`mooring:${secret}`).toString('base64')}`,
  },
  body: JSON.stringify({
    subscriptionId: '00000000-0000-0000-0000-000000000000',
    notificationId: 1,
    id: '03c164c2-8912-4d5e-8009-3707d5f83734',
    eventType: 'git.push',
    publisherId: 'tfs',
    resource: {
      commits: [],
      refUpdates: [{ name: 'refs/heads/main', oldObjectId: '1'.repeat(40), newObjectId: '2'.repeat(40) }],
      repository: {
        id: '278d5cd2-584d-4b63-824a-2ba458937249',
        name: 'Env Repo',
        url: 'https://dev.azure.com/team/_apis/git/repositories/278d5cd2-584d-4b63-824a-2ba458937249',
        remoteUrl: 'https://dev.azure.com/team/My%20Project/_git/Env%20Repo',
      },
      pushId: 14,
    },
  }),
}

export function generic(payload: object): Delivery {
  const body = JSON.stringify(payload)
  return { headers: { 'x-signature': `sha256=${sha256(body)}` }, body }
}
