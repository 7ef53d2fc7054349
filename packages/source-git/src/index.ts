export { type GithubAppOptions, githubApp } from './credentials/github-app.ts'
export { gitSource } from './git-source.ts'
export { type IgnoreFilter, ignoreFilter } from './ignore/ignore-filter.ts'
export type { GitMetrics, GitSource } from './metered-source.ts'
export type { GitAuth, GitAuthAsked, GitAuthProvider } from './options/git-auth.ts'
export type { GitLfs } from './options/git-lfs.ts'
export type { GitPolicy, GitScheme } from './options/git-policy.ts'
export { type GitProxy, proxyFromEnvironment } from './options/git-proxy.ts'
export type { GitRef } from './options/git-ref.ts'
export type { GitSourceOptions } from './options/git-source-options.ts'
export type { GitSsh } from './options/git-ssh.ts'
export type { GitSubmodules } from './options/git-submodules.ts'
export type { GitTls } from './options/git-tls.ts'
export type { GitHistory, GitVerify } from './options/git-trust.ts'
export type { GitLimits } from './options/limits.ts'
export type { GitTraffic } from './repository/traffic.ts'
export type { TrustedKeys } from './trust/trusted-keys.ts'
export { type CommitToVerify, type TagToVerify, verifyCommit, verifyTag } from './trust/verify-commit.ts'
export { decodeWebhook, type WebhookToDecode } from './webhooks/decode-webhook.ts'
export { sameRepository } from './webhooks/repository-url.ts'
export type { WebhookEvent, WebhookProvider } from './webhooks/webhook-event.ts'
export { webhookHandler } from './webhooks/webhook-handler.ts'
export type {
  WebhookCredentials,
  WebhookHandlerOptions,
  WebhookLimits,
  WebhookOutcome,
  WebhookSecrets,
} from './webhooks/webhook-options.ts'
export type { WokenSource } from './webhooks/woken.ts'
export type { FileChanges, NewContent } from './writer/file-changes.ts'
export {
  type CommitToWrite,
  type GitWriter,
  type GitWriterOptions,
  gitWriter,
  type Written,
} from './writer/git-writer.ts'
export type { Person } from './writer/new-commit.ts'
