import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../workspace/packages.ts'
import type { WithoutParts } from './obtain-parts.ts'

/** What an example needs around it: arguments and environment of its process, made for it and disposed after it. */
export interface Surroundings extends AsyncDisposable {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const nothing: Surroundings = { args: [], env: {}, [Symbol.asyncDispose]: async () => undefined }

/**
 * The surroundings of an example: what `surroundings.ts` beside its `main.ts` opens, so that `main.ts` stays a file to
 * copy. Most need none.
 */
export async function surroundingsOf(name: string): Promise<Surroundings | WithoutParts> {
  const file = join(root, 'examples', name, 'surroundings.ts')
  if (!existsSync(file)) return nothing
  const { surroundings } = (await import(file)) as {
    readonly surroundings: () => Promise<Surroundings | WithoutParts>
  }
  return surroundings()
}
