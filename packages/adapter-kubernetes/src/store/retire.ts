import { readHeadObject } from './heads.ts'
import { register } from './installation.ts'
import type { StoreParts } from './store-parts.ts'

/**
 * Deletes the head of an application that holds nothing, registration first. If somebody begins to use it meanwhile, it
 * stays and is registered.
 */
export async function retire(
  parts: StoreParts,
  segment: string,
  epoch: number,
  signal: AbortSignal,
): Promise<void> {
  const head = await readHeadObject(parts, segment, signal)
  if (head?.part !== 'reserved') return
  const { name, resourceVersion, application } = head
  await register(parts, { segment, application: undefined }, epoch, signal)
  if (await parts.secrets.remove(name, signal, resourceVersion)) return
  await register(parts, { segment, application: application ?? segment }, epoch, signal)
}
