import { delimiter, dirname } from 'node:path'
import { obtain, type Say } from '../parts/obtain.ts'
import type { Part } from '../parts/part.ts'

/** Why a program that needs parts cannot run here. */
export interface WithoutParts {
  readonly reason: string
  /** Whether that is a failure: the machine could have the part, and making it went wrong. */
  readonly failed: boolean
}

/**
 * Obtains parts, made first where they are missing, and puts those that are found by name on the PATH of this process.
 * Gives nothing when all are here, and the first that is not otherwise.
 */
export async function obtainParts(parts: readonly Part[], say?: Say): Promise<WithoutParts | undefined> {
  for (const part of parts) {
    const obtained = await obtain(part, say)
    if (obtained.state !== 'here')
      return { reason: `there is no ${part.title}: ${obtained.reason}`, failed: obtained.state === 'failed' }
    if (part.onPath !== true || obtained.from === 'PATH') continue
    const folders = new Set(Object.values(obtained.paths).map((executable) => dirname(executable)))
    process.env.PATH = [...folders, process.env.PATH ?? ''].join(delimiter)
  }
  return undefined
}
