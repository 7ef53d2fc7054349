import { debianRecipe } from './debian-recipe.ts'
import type { Part } from './part.ts'

/** The reference OCI registry (Distribution). */
export const dockerRegistry: Part = {
  name: 'docker-registry',
  title: 'OCI registry (docker-registry)',
  executables: [
    {
      name: 'docker-registry',
      probe: { args: ['--version'], accepts: (output) => /distribution/.test(output) },
    },
  ],
  recipe: debianRecipe({
    packages: ['docker-registry'],
    executables: { 'docker-registry': { path: 'usr/bin/docker-registry' } },
    cost: 'less than a minute, 10 MB of downloads',
  }),
}
