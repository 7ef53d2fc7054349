import type { ApiFailure } from './api.ts'

/** Another field manager owns a field that an apply without force would change. */
export const isFieldConflict = (failure: ApiFailure): boolean =>
  failure.status === 409 && failure.causes.some(({ type }) => type === 'FieldManagerConflict')

/**
 * The uid that a write or delete named is not that of the live object, or there is none. Seen on Kubernetes 1.36: an apply
 * with another uid is 422 "metadata.uid … field is immutable"; with a uid and no object 409 "uid mismatch"; a delete is 409
 * "the UID in the precondition … does not match".
 */
export const isUidMismatch = (failure: ApiFailure): boolean =>
  (failure.status === 422 && failure.causes.some(({ field }) => field === 'metadata.uid')) ||
  (failure.status === 409 && /uid mismatch|UID in (the )?precondition/i.test(failure.message))

/** The object changed since the version that a write or delete named. */
export const isStaleVersion = (failure: ApiFailure): boolean =>
  failure.status === 409 &&
  failure.reason === 'Conflict' &&
  !isFieldConflict(failure) &&
  !isUidMismatch(failure) &&
  !isQuota(failure)

/** A create found an object of this name. */
export const isAlreadyExists = (failure: ApiFailure): boolean =>
  failure.status === 409 && failure.reason === 'AlreadyExists'

/**
 * A field that cannot change after creation. Only a hint: the words are each type's own (research on Flux's and kubectl's
 * rules shows false positives), so confirm it by creating the same manifest in a dry run.
 */
export const isImmutable = (failure: ApiFailure): boolean =>
  !isUidMismatch(failure) &&
  (failure.status === 422 || isAdmissionDenial(failure)) &&
  immutable.test([failure.message, ...failure.causes.map(({ message }) => message)].join('\n'))

const immutable = /immutable|may not change|updates to .* are forbidden|cannot be changed|may not be changed/i

/** The named object does not exist. A kind that is not served is {@link isTypeNotServed}. */
export const isNotFound = (failure: ApiFailure): boolean =>
  failure.status === 404 && failure.reason === 'NotFound' && failure.details.name !== undefined

/** The API server knows no such path: the kind, or this version of it, is gone. */
export const isTypeNotServed = (failure: ApiFailure): boolean =>
  failure.status === 404 && failure.details.name === undefined

/** The namespace is being deleted. */
export const isNamespaceTerminating = (failure: ApiFailure): boolean =>
  failure.status === 403 &&
  (failure.causes.some(({ type }) => type === 'NamespaceTerminating') ||
    failure.message.includes('because it is being terminated'))

/** The namespace of a namespaced object does not exist. Also true where the Namespace itself was asked for. */
export const isNamespaceMissing = (failure: ApiFailure): boolean =>
  isNotFound(failure) && failure.details.kind === 'namespaces'

/** An admission or conversion webhook could not be asked: it did not refuse. */
export const isWebhookFailure = (failure: ApiFailure): boolean =>
  failure.status >= 500 &&
  /failed calling webhook|failed to call webhook|conversion webhook for/i.test(failure.message)

/** A webhook, a policy or an admission plugin of the server refused what we are permitted to do. */
export const isAdmissionDenial = ({ status, message }: ApiFailure): boolean =>
  status >= 400 &&
  (/^admission webhook ".*" denied the request|ValidatingAdmissionPolicy '.*' with binding/.test(message) ||
    (status === 403 && message.includes(' is forbidden: ') && !/[Uu]ser "/.test(message)))

/** A field that the type does not have, or a duplicate key: an apply answers 500 with an empty reason. */
export const isUnknownField = (failure: ApiFailure): boolean =>
  (failure.status === 500 || failure.status === 400) &&
  /failed to create typed patch object|strict decoding error|unknown field|field not declared in schema/.test(
    failure.message,
  )

/** The manifest does not fit its type, such as a Secret whose `data` is no base64: an apply answers 500 for it. */
export const isUndecodable = (failure: ApiFailure): boolean =>
  failure.status === 500 && /failed to convert new object|error decoding from json/.test(failure.message)

/** Managed fields name a version that is served no more, which blocks every apply (kubernetes/kubernetes#111937). */
export const isUnservedVersion = (failure: ApiFailure): boolean =>
  failure.status >= 400 &&
  /request to convert CR to an invalid group\/version|failed to (create|convert) (manager|typed live|old).*(version|schema)/.test(
    failure.message,
  )

/** More than the API server takes in a request (3 MiB) or etcd in an object (1.5 MiB), or a type in one field. */
export const isTooLarge = (failure: ApiFailure): boolean =>
  failure.status === 413 ||
  /etcdserver: request is too large|trying to send message larger than max/.test(failure.message) ||
  (failure.status === 422 &&
    failure.causes.some(({ type, field }) => type === 'FieldValueTooLong' && isWhole(field)))

const isWhole = (field: string): boolean =>
  field === '' || field === '[]' || field === 'data' || field === 'metadata.annotations'

/** A ResourceQuota has no room. */
export const isQuota = (failure: ApiFailure): boolean =>
  (failure.status === 403 && failure.message.includes('exceeded quota')) ||
  (failure.status === 409 && failure.message.includes('resourcequotas'))

/** The role that was to be written grants more than we may do ourselves. */
export const isEscalation = (failure: ApiFailure): boolean =>
  failure.status === 403 && failure.message.includes('is attempting to grant RBAC permissions')

/** The resourceVersion is newer than what the answering server has seen: a restart, or another cluster's. */
export const isFutureVersion = (failure: ApiFailure): boolean =>
  failure.status === 504 && failure.causes.some(({ type }) => type === 'ResourceVersionTooLarge')
