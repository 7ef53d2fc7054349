export { gitSource } from './git-source.ts'
export type { GitRef } from './options/git-ref.ts'
export type { GitAuth, GitLimits, GitSourceOptions } from './options/git-source-options.ts'
