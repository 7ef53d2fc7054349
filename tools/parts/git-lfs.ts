import { debianRecipe } from './debian-recipe.ts'
import type { Part } from './part.ts'

/** Git LFS, which makes pointers and pushes what they stand for. */
export const gitLfs: Part = {
  name: 'git-lfs',
  title: 'git-lfs',
  executables: [
    { name: 'git-lfs', probe: { args: ['version'], accepts: (output) => output.includes('git-lfs/') } },
  ],
  usedBy: ['tools/git-lfs/index.ts'],
  recipe: debianRecipe({
    packages: ['git-lfs'],
    executables: { 'git-lfs': { path: 'usr/bin/git-lfs' } },
    cost: 'less than a minute, 4 MB of downloads',
  }),
}
