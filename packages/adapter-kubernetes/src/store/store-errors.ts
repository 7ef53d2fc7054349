import { MooringError } from '@mooring/core'
import { headName, installationName, type StoreScope } from './object-names.ts'
import { storeMark } from './store-mark.ts'

/** The content of an object cannot be what was written, or an object is not there. */
export function storeDamaged(
  scope: StoreScope,
  name: string,
  segment: string | undefined,
  what: string,
  cause?: unknown,
): MooringError {
  const { namespace, store } = scope
  const all = `${storeMark.store}=${store}`
  const anew =
    segment === undefined
      ? `delete all Secrets labelled ${all} and give createEngine the installation id that stands in the owner marks`
      : `let the application start anew: kubectl delete secrets -n ${namespace} -l ${all},${storeMark.segment}=${segment}, then kubectl patch secret ${installationName(scope)} -n ${namespace} --type json -p '[{"op":"remove","path":"/data/${registrationOf(segment)}"}]'`
  return new MooringError({
    code: 'STORE_DAMAGED',
    kind: 'permanent',
    message: `Expected Secret ${namespace}/${name} to hold what this store wrote, but ${what}`,
    hint: `Nothing is applied or pruned from it. Stop the engine and restore the Secrets labelled ${all} in namespace ${namespace} from a backup, all of one moment. Without one, ${anew}. What was applied is found again by its marks.`,
    cause,
  })
}

/** Under which field of the installation an application is registered. */
export const registrationOf = (segment: string): string => `application.${segment}`

/** A later Mooring was here. */
export const storeTooNew = ({ namespace }: StoreScope, name: string): MooringError =>
  new MooringError({
    code: 'STORE_TOO_NEW',
    kind: 'permanent',
    message: `Expected a format of Secret ${namespace}/${name} that this version of Mooring knows, but a later version has written it`,
    hint: 'Nothing was changed. Run the later version again, or restore the backup from before the upgrade.',
  })

/** Others were faster, again and again. */
export const storeBusy = ({ namespace }: StoreScope, name: string): MooringError =>
  new MooringError({
    code: 'STORE_BUSY',
    kind: 'transient',
    message: `Expected to change Secret ${namespace}/${name}, but others changed it each time before it could be written`,
    hint: 'Nothing was changed, and it is tried again. If it stays, look for what writes to this Secret: `kubectl get secret --show-managed-fields` names it.',
  })

/** More than an object can hold. */
export const stateTooLarge = (
  { namespace }: StoreScope,
  name: string,
  bytes: number,
  allowed: number,
): MooringError =>
  new MooringError({
    code: 'STATE_TOO_LARGE',
    kind: 'permanent',
    message: `Expected at most ${allowed} bytes for Secret ${namespace}/${name}, compressed, found ${bytes}`,
    hint: 'Nothing was changed. A Secret holds 1 MiB. Divide the application: inventory and history are split over many Secrets, but one entry, and the list of what an operation changes, are not.',
  })

/** The store was opened again since. */
export const superseded = (epoch: number, latest: number): MooringError =>
  new MooringError({
    code: 'SUPERSEDED',
    kind: 'permanent',
    message: `Expected the store's latest epoch, ${latest}, got ${epoch}: the store was opened again since`,
    hint: 'Stop this engine, or open the store again if it is the one that should go on.',
  })

/** The lease was given back, or ended by an opening without one. */
export const leaseEnded = (epoch: number): MooringError =>
  new MooringError({
    code: 'SUPERSEDED',
    kind: 'permanent',
    message: `Expected the lease of epoch ${epoch}, but it was given back`,
    hint: 'Stop this engine, or open the store again if it is the one that should go on.',
  })

/** The state was written by somebody else. */
export const stateConflict = (
  application: string,
  expected: string | undefined,
  found: string | undefined,
): MooringError =>
  new MooringError({
    code: 'STATE_CONFLICT',
    kind: 'conflict',
    message: `Expected version ${expected ?? 'none'} of the state of ${application}, found ${found ?? 'none'}`,
    hint: 'Load the state again and decide anew.',
  })

/** A place that no entry can have. */
export const historyPlaceUnknown = (application: string, place: string): MooringError =>
  new MooringError({
    code: 'HISTORY_PLACE_UNKNOWN',
    kind: 'permanent',
    message: `Expected the place of an entry in the history of ${application}, got ${JSON.stringify(place)}`,
    hint: 'Give the place of the last entry that was read, as it is.',
  })

/** The store is another installation's. */
export const installationChanged = (kept: string, asked: string): MooringError =>
  new MooringError({
    code: 'INSTALLATION_CHANGED',
    kind: 'permanent',
    message: `Expected installation ${asked}, but this store belongs to installation ${kept}`,
    hint: 'Give the store that belongs to the installation, or leave the id out to use the one the store keeps.',
  })

/** The store was disposed of. */
export const storeDisposed = (name: string): MooringError =>
  new MooringError({
    code: 'STORE_DISPOSED',
    kind: 'permanent',
    message: `Expected the store ${name} to be in use, but it was disposed`,
    hint: 'Create another store; lend() one to an engine that must not dispose it.',
  })

/** RBAC does not let us. Names the whole role, so that it is granted once and not verb by verb. */
export const storeForbidden = ({ namespace }: StoreScope, refusal: MooringError): MooringError =>
  new MooringError({
    code: 'FORBIDDEN',
    kind: 'permanent',
    message: refusal.message,
    hint: `Bind a Role in namespace ${namespace} with the rule {apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "create", "update", "patch", "delete"]} to this user. It holds for all Secrets of the namespace, so give the store a namespace of its own.`,
    cause: refusal.cause,
  })

/** An option cannot be used. */
export const invalidOption = (name: string, expected: string, given: string): MooringError =>
  new MooringError({
    code: 'INVALID_OPTION',
    kind: 'permanent',
    message: `Expected ${name} of a cluster's store to be ${expected}, got ${given}`,
  })

/** The head of an application is gone although the installation knows of it. */
export const headLost = (scope: StoreScope, segment: string): MooringError =>
  storeDamaged(
    scope,
    headName(scope, segment),
    segment,
    'it is not there, although the application was committed',
  )
