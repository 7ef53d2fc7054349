/** Who sends webhooks. Gitea, Forgejo and Gogs have the same form, as have both Bitbuckets' signatures. */
export type WebhookProvider = (typeof webhookProviders)[number]

/** Every provider. */
export const webhookProviders = [
  'github',
  'gitlab',
  'gitea',
  'forgejo',
  'gogs',
  'bitbucket-cloud',
  'bitbucket-data-center',
  'azure-devops',
  'generic',
] as const

/** What a webhook says has happened. A hint, from whoever knows the secret: look for yourself. */
export interface WebhookEvent {
  readonly provider: WebhookProvider
  /** `ping`: a test of the webhook itself. `other`: something that moves no ref. */
  readonly kind: 'push' | 'ping' | 'other'
  /** Every address of the repository that was named. Not one of them has been looked at. */
  readonly repositories: readonly string[]
  /** Its path at the end of an address, where the provider names no whole one: `scm/team/env`. */
  readonly path?: string
  /** Full names of the refs that moved; `unknown` where it may be any. */
  readonly refs: readonly string[] | 'unknown'
  /** What the provider calls this delivery; the same when it is sent again. */
  readonly delivery?: string
}
