import type { LeaseRequest } from '@mooring/core'
import { checksumOf } from './content.ts'
import { firstLease, leaseSteps } from './lease-text.ts'
import { installationName, type StoreScope } from './object-names.ts'
import type { JsonPatchStep } from './secrets.ts'
import { installationChanged, registrationOf, storeBusy, storeDamaged, superseded } from './store-errors.ts'
import { storeMark } from './store-mark.ts'
import type { StoreParts } from './store-parts.ts'
import type { ObjectToStore, StoredObject } from './stored-object.ts'

/** What a store says of itself, as it was read. */
export interface StoredInstallation {
  readonly id: string
  readonly digestKey: Uint8Array
  readonly epoch: number
  readonly resourceVersion: string
  /** Who has the store, as it was written. */
  readonly lease: string | undefined
  /** The segments of all applications that were committed and not removed. */
  readonly applications: ReadonlySet<string>
}

/** The installation, or undefined where the store was never opened. */
export async function readInstallation(
  { secrets, scope, known }: StoreParts,
  signal: AbortSignal,
): Promise<StoredInstallation | undefined> {
  const name = installationName(scope)
  const object = await secrets.get(name, signal)
  if (object === undefined) {
    if (known.installation === undefined) return undefined
    throw storeDamaged(scope, name, undefined, 'it is not there any more')
  }
  const found = installationIn(scope, object)
  if ((known.installation ?? found.id) !== found.id)
    throw installationChanged(found.id, known.installation ?? '')
  return found
}

/** The installation in its object. Throws `STORE_DAMAGED`. */
export function installationIn(scope: StoreScope, object: StoredObject): StoredInstallation {
  const { name, data, epoch, resourceVersion, lease } = object
  const { id, digestKey, checksum } = data
  if (id === undefined || digestKey === undefined || checksum === undefined) {
    throw storeDamaged(scope, name, undefined, 'fields are missing')
  }
  if (asText(checksum) !== checksumOf(id, digestKey)) {
    throw storeDamaged(scope, name, undefined, 'its checksum is wrong')
  }
  const prefix = registrationOf('')
  const registered = Object.keys(data).filter((field) => field.startsWith(prefix))
  return {
    id: asText(id),
    digestKey: new Uint8Array(digestKey),
    epoch,
    resourceVersion,
    lease,
    applications: new Set(registered.map((field) => field.slice(prefix.length))),
  }
}

/** A new installation's object. */
export function newInstallation(
  scope: StoreScope,
  epoch: number,
  id: string,
  digestKey: Uint8Array,
  lease: string | undefined,
): ObjectToStore {
  const name = installationName(scope)
  const checksum = asBytes(checksumOf(id, digestKey))
  const data = { id: asBytes(id), digestKey, checksum }
  return { name, part: 'installation', epoch, ...(lease !== undefined && { lease }), data }
}

/**
 * Raises the epoch by one, and takes the lease if there is one to take. Undefined where somebody else did at the same
 * time, or the lease was renewed or given back.
 */
export async function raiseEpoch(
  { secrets, scope }: StoreParts,
  { epoch, lease }: StoredInstallation,
  taking: LeaseRequest | undefined,
  signal: AbortSignal,
): Promise<StoredInstallation | undefined> {
  const value = String(epoch + 1)
  const next = taking && firstLease(epoch + 1, taking)
  const steps = [
    sameEpoch(epoch),
    { op: 'replace', path: epochPath, value },
    ...leaseSteps(lease, next),
  ] as const
  const raised = await secrets.patch(installationName(scope), steps, signal)
  return raised && installationIn(scope, raised)
}

/**
 * Records that an application has a head, or that it has none any more, if this is still the epoch. Else `SUPERSEDED`.
 * An application is registered after its head was made and before it holds anything, and is not any more before the head
 * is deleted: who is registered has a head.
 */
export async function register(
  parts: StoreParts,
  { segment, application }: { readonly segment: string; readonly application: string | undefined },
  epoch: number,
  signal: AbortSignal,
): Promise<void> {
  const name = installationName(parts.scope)
  const path = `/data/${registrationOf(segment)}`
  const value = Buffer.from(JSON.stringify(application) ?? '').toString('base64')
  const step =
    application === undefined ? ({ op: 'remove', path } as const) : ({ op: 'add', path, value } as const)
  for (let tries = 0; tries < maxTries; tries++) {
    if ((await parts.secrets.patch(name, [sameEpoch(epoch), step], signal)) !== undefined) return
    const found = await mustReadInstallation(parts, signal)
    if (found.epoch !== epoch) throw superseded(epoch, found.epoch)
    if (found.applications.has(segment) === (application !== undefined)) return
  }
  throw storeBusy(parts.scope, name)
}

/** Throws `SUPERSEDED` unless this is the epoch of the latest opening. */
export async function assertLatest(parts: StoreParts, epoch: number, signal: AbortSignal): Promise<void> {
  const { epoch: latest } = await mustReadInstallation(parts, signal)
  if (epoch !== latest) throw superseded(epoch, latest)
}

/** For whoever writes: a store that nobody opened has no epoch to write under. */
export async function mustReadInstallation(
  parts: StoreParts,
  signal: AbortSignal,
): Promise<StoredInstallation> {
  const found = await readInstallation(parts, signal)
  if (found !== undefined) return found
  throw storeDamaged(parts.scope, installationName(parts.scope), undefined, 'it is not there')
}

/** How often something is tried that others may get in the way of. */
export const maxTries = 20

/** Of the epoch, in a JSON patch. */
export const epochPath: string = `/metadata/annotations/${storeMark.epoch.replaceAll('~', '~0').replaceAll('/', '~1')}`

/** The step of a JSON patch that fails where the epoch is another one. */
export const sameEpoch = (epoch: number): JsonPatchStep => ({
  op: 'test',
  path: epochPath,
  value: String(epoch),
})

const asBytes = (text: string): Uint8Array => Buffer.from(text, 'utf8')
const asText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')
