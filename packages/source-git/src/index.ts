export { gitSource } from './git-source.ts'
export type { GitAuth, GitLimits, GitRef, GitSourceOptions } from './options/git-source-options.ts'
