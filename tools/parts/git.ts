import { debianRecipe } from './debian-recipe.ts'
import type { Part } from './part.ts'

/** Git with `git http-backend`, which serves repositories over HTTP. */
export const git: Part = {
  name: 'git',
  title: 'git, with its HTTP server',
  executables: [
    {
      name: 'git',
      // Started without input it complains about that, where it is there.
      probe: { args: ['http-backend'], accepts: (output) => !output.includes('is not a git command') },
    },
  ],
  usedBy: ['tools/git-repository/run-git.ts', 'tools/git-http-server/index.ts'],
  onPath: true,
  recipe: debianRecipe({
    packages: ['git'],
    executables: {
      git: {
        path: 'usr/bin/git',
        env: { GIT_EXEC_PATH: 'usr/lib/git-core', GIT_TEMPLATE_DIR: 'usr/share/git-core/templates' },
      },
    },
    cost: 'less than a minute, 10 to 20 MB of downloads',
  }),
}
