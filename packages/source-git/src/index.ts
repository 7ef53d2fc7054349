export { gitSource } from './git-source.ts'
export type { GitAuth, GitLimits, GitRef, GitSourceOptions } from './options/git-source-options.ts'
export type { TrustedKeys } from './trust/trusted-keys.ts'
export { type CommitToVerify, type TagToVerify, verifyCommit, verifyTag } from './trust/verify-commit.ts'
