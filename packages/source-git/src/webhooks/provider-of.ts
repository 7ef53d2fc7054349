import type { WebhookEvent, WebhookProvider } from './webhook-event.ts'

/**
 * Who a webhook says it is from, by its headers. Gitea and Forgejo send the headers of their forerunners and GitHub's too:
 * their own come first.
 */
export function providerOf(headers: Headers): WebhookProvider | undefined {
  if (headers.has('x-forgejo-event')) return 'forgejo'
  if (headers.has('x-gitea-event')) return 'gitea'
  if (headers.has('x-gogs-event')) return 'gogs'
  if (headers.has('x-gitlab-event')) return 'gitlab'
  if (headers.has('x-github-event')) return 'github'
  const key = headers.get('x-event-key')
  // Cloud names itself; of a push the key tells too.
  if (key !== null) return isCloud(headers, key) ? 'bitbucket-cloud' : 'bitbucket-data-center'
  if (headers.has('x-signature')) return 'generic'
  return headers.has('authorization') ? 'azure-devops' : undefined
}

const isCloud = (headers: Headers, key: string): boolean => headers.has('x-hook-uuid') || key === 'repo:push'

/** What the headers say has happened. Azure DevOps and generic webhooks say it in the body. */
export function eventKindOf(provider: WebhookProvider, headers: Headers): WebhookEvent['kind'] {
  const name = eventHeaders[provider]
  if (name === undefined) return 'push'
  const event = headers.get(name) ?? ''
  if (pushes.includes(event)) return 'push'
  return pings.includes(event) ? 'ping' : 'other'
}

const eventHeaders: Readonly<Record<WebhookProvider, string | undefined>> = {
  github: 'x-github-event',
  gitlab: 'x-gitlab-event',
  gitea: 'x-gitea-event',
  forgejo: 'x-forgejo-event',
  gogs: 'x-gogs-event',
  'bitbucket-cloud': 'x-event-key',
  'bitbucket-data-center': 'x-event-key',
  'azure-devops': undefined,
  generic: undefined,
}

/** Branches and tags that are made and removed come as events of their own too, with Gitea beside the push. */
const pushes = [
  'push',
  'create',
  'delete',
  'Push Hook',
  'Tag Push Hook',
  'System Hook',
  'repo:push',
  'repo:refs_changed',
  'mirror:repo_synchronized',
]
const pings = ['ping', 'diagnostics:ping']
