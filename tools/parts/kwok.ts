import { goRecipe } from './go-recipe.ts'
import type { Part } from './part.ts'

/** What plays nodes and kubelets for a control plane. */
export const kwok: Part = {
  name: 'kwok',
  title: 'kwok',
  executables: [
    {
      name: 'kwok',
      probe: { args: ['--version'], accepts: (output) => /kwok version v0\.([7-9]|\d\d)/.test(output) },
    },
  ],
  recipe: goRecipe({
    module: 'kwok',
    packages: { kwok: 'sigs.k8s.io/kwok/cmd/kwok' },
    cost: 'about a minute on 2 cores',
  }),
}
