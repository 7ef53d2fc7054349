import { isMooringError } from '@mooring/core'
import { valueIn } from './content.ts'
import { type HeadDocument, isDocumentOf } from './head-document.ts'
import { maxTries, readInstallation } from './installation.ts'
import { headName, segmentOf } from './object-names.ts'
import { headLost, storeBusy, storeDamaged } from './store-errors.ts'
import type { StoreParts } from './store-parts.ts'
import type { StoredObject } from './stored-object.ts'

/** The head of an application as it was read. */
export interface Head {
  readonly segment: string
  readonly resourceVersion: string
  readonly epoch: number
  /** Undefined where it is only reserved. */
  readonly document: HeadDocument | undefined
}

/** The head of an application, or undefined where it has none. Throws `STORE_DAMAGED` where it is not whole. */
export async function readHead(
  parts: StoreParts,
  application: string,
  signal: AbortSignal,
): Promise<Head | undefined> {
  const segment = segmentOf(application)
  const object = await readHeadObject(parts, segment, signal)
  if (object === undefined) return undefined
  const { resourceVersion, epoch } = object
  return { segment, resourceVersion, epoch, document: await documentIn(parts, application, object) }
}

/** The object of a head, or undefined where there is none: confirmed, as a head that was lost is `STORE_DAMAGED`. */
export async function readHeadObject(
  parts: StoreParts,
  segment: string,
  signal: AbortSignal,
): Promise<StoredObject | undefined> {
  const { secrets, scope } = parts
  const name = headName(scope, segment)
  for (let tries = 0; tries < maxTries; tries++) {
    const early = tries === 0 ? await secrets.get(name, signal) : undefined
    if (early !== undefined) return early
    const before = await readInstallation(parts, signal)
    if (!before?.applications.has(segment)) return undefined
    const late = await secrets.get(name, signal)
    if (late !== undefined) return late
    const after = await readInstallation(parts, signal)
    // Registered for all the time in between: who is registered has a head.
    if (after?.resourceVersion === before.resourceVersion) throw headLost(scope, segment)
  }
  throw storeBusy(scope, name)
}

async function documentIn(
  { scope }: StoreParts,
  application: string,
  { name, part, segment, data }: StoredObject,
): Promise<HeadDocument | undefined> {
  if (part === 'reserved') return undefined
  const damaged = (what: string, cause?: unknown) => storeDamaged(scope, name, segment, what, cause)
  if (part !== 'application' || data.state === undefined) throw damaged('it holds no state')
  const value = await valueIn(data.state).catch((thrown: unknown) => {
    throw damaged('its checksum is wrong', thrown)
  })
  if (!isDocumentOf(value, application)) throw damaged(`it is not the state of application ${application}`)
  return value
}

/**
 * Does something with a head and with what it names. Again where that was not whole and the head has moved on: then what
 * it had named was deleted behind it.
 */
export async function followHead<Value>(
  parts: StoreParts,
  application: string,
  signal: AbortSignal,
  work: (head: Head | undefined) => Promise<Value>,
): Promise<Value> {
  for (let tries = 0; ; tries++) {
    const head = await readHead(parts, application, signal)
    try {
      return await work(head)
    } catch (thrown) {
      if (!isMooringError(thrown) || thrown.code !== 'STORE_DAMAGED') throw thrown
      const now = await readHead(parts, application, signal)
      if (now?.resourceVersion === head?.resourceVersion) throw thrown
      if (tries === maxTries) throw storeBusy(parts.scope, headName(parts.scope, segmentOf(application)))
    }
  }
}
