import { goRecipe } from './go-recipe.ts'
import type { Part } from './part.ts'

/** What a control plane keeps its objects in. */
export const etcd: Part = {
  name: 'etcd',
  title: 'etcd',
  executables: [
    {
      name: 'etcd',
      probe: { args: ['--version'], accepts: (output) => /^etcd Version: 3\.([5-9]|\d\d)/m.test(output) },
    },
  ],
  variables: ['KUBEBUILDER_ASSETS'],
  recipe: goRecipe({
    module: 'etcd',
    packages: { etcd: 'go.etcd.io/etcd/server/v3' },
    cost: 'about half a minute on 2 cores',
  }),
}
