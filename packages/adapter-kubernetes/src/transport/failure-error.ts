import { type ErrorDetails, MooringError } from '@mooring/core'
import type { ApiFailure } from './api.ts'
import { isExpired } from './expired.ts'
import {
  isAdmissionDenial,
  isAlreadyExists,
  isFieldConflict,
  isImmutable,
  isNamespaceMissing,
  isNamespaceTerminating,
  isNotFound,
  isQuota,
  isStaleVersion,
  isTooLarge,
  isTypeNotServed,
  isUidMismatch,
  isUndecodable,
  isUnknownField,
  isWebhookFailure,
} from './failure-kinds.ts'
import { denial, forbidden } from './forbidden.ts'

/** What was asked for, for messages. */
export interface Asked {
  /** As people say it: `apply`, `delete`, `list`. */
  readonly verb: string
  /** `Deployment shop/web`, or a path. Of one that begins with `Secret` nothing but fields is told. */
  readonly label: string
}

/** What an error says beside the failure that it was made from. */
export type Saying = Omit<ErrorDetails, 'cause' | 'retryAfterMs'>

/**
 * The error for a failure, its cause being the failure. Values that the API server quotes have been cut out; of a Secret
 * the server's words are left out as well, as webhooks quote what they like.
 */
export function failureError(failure: ApiFailure, asked: Asked): MooringError {
  const { retryAfterMs } = failure
  const { code, kind, message, hint } = sayingOf(failure, asked)
  return new MooringError({
    code,
    kind,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    cause: isSecret(failure, asked) ? { ...failure, message: '', causes: failure.causes.map(bare) } : failure,
  })
}

const bare = ({ type, field }: ApiFailure['causes'][number]): ApiFailure['causes'][number] => ({
  type,
  field,
  message: '',
})

function sayingOf(failure: ApiFailure, asked: Asked): Saying {
  const to = `Expected to ${asked.verb} ${asked.label}`
  const said = saidBy(failure, asked)
  // The order matters: the first rows are special cases of what later ones take.
  if (failure.status === 429) return tooManyRequests(to)
  if (isExpired(failure)) return expired(to)
  if (isFieldConflict(failure)) return fieldConflict(to, failure)
  if (isUidMismatch(failure) || isStaleVersion(failure) || isAlreadyExists(failure)) return notAsExpected(to)
  if (isNamespaceTerminating(failure)) return namespaceTerminating(to)
  if (isQuota(failure)) return quotaExceeded(to, said)
  if (isNamespaceMissing(failure)) return namespaceMissing(to, failure)
  if (isNotFound(failure)) return notAsExpected(to, 'none')
  if (isTypeNotServed(failure)) return typeNotServed(to)
  if (isTooLarge(failure)) return tooLarge(to, said)
  if (isImmutable(failure)) return immutable(to, said)
  if (isAdmissionDenial(failure)) return denial(to, said)
  if (failure.status === 403) return forbidden(to, failure, said)
  if (isWebhookFailure(failure)) return webhookFailed(to, said)
  if (failure.status === 422 || isUnknownField(failure) || isUndecodable(failure))
    return refused(to, failure, said)
  if (failure.status >= 500 || failure.status < 400 || failure.status === 408)
    return failed(to, failure, said)
  return refused(to, failure, said)
}

const isSecret = ({ details }: ApiFailure, { label }: Asked): boolean =>
  label.startsWith('Secret ') || /^secrets?$/i.test(details.kind ?? '')

const longestSaid = 1000

/** What the server says of each field, or of the whole; of a Secret only which fields. */
function saidBy(failure: ApiFailure, asked: Asked): string {
  const causes = failure.causes.filter(({ field }) => field !== '')
  const secret = isSecret(failure, asked)
  const words = causes.map(({ field, message }) =>
    secret || message === '' ? field : `${field}: ${message}`,
  )
  const said = words.length > 0 ? [...new Set(words)].join('; ') : secret ? '' : failure.message
  if (said === '') return ''
  return `: ${said.length > longestSaid ? `${said.slice(0, longestSaid)} …` : said}`
}

const tooManyRequests = (to: string): Saying => ({
  code: 'TOO_MANY_REQUESTS',
  kind: 'transient',
  message: `${to}, found that the API server has more requests than it takes (429)`,
  hint: 'The engine waits as long as the server asks. If it stays, lower `maxConnections`, or give our user a FlowSchema of its own.',
})

const expired = (to: string): Saying => ({
  code: 'HISTORY_EXPIRED',
  kind: 'conflict',
  message: `${to} from a resourceVersion, found that the API server has forgotten it (410)`,
  hint: 'Everything is listed again; nothing needs to be done.',
})

function fieldConflict(to: string, failure: ApiFailure): Saying {
  const owners = failure.causes
    .filter(({ type }) => type === 'FieldManagerConflict')
    .map(
      ({ field, message }) => `${field} (${/conflict with ("[^"]*"[^:]*)/.exec(message)?.[1] ?? 'another'})`,
    )
  return {
    code: 'FIELD_CONFLICT',
    kind: 'permanent',
    message: `${to}, found that other managers own ${owners.length} of its fields: ${owners.slice(0, 10).join(', ')}`,
    hint: 'Take the fields out of the manifest, or make the other manager let go of them, or allow Mooring to take them over.',
  }
}

const notAsExpected = (to: string, found = 'another one, or one that was changed since'): Saying => ({
  code: 'EXPECTATION_NOT_MET',
  kind: 'conflict',
  message: `${to} as it was planned for, found ${found}`,
  hint: 'Nothing was changed; the engine looks again and plans anew.',
})

const namespaceTerminating = (to: string): Saying => ({
  code: 'NAMESPACE_TERMINATING',
  kind: 'transient',
  message: `${to}, found that its namespace is being deleted`,
  hint: 'It can be created when the namespace is gone. If that takes long, see its `status.conditions` for the finalizers that are awaited.',
})

const namespaceMissing = (to: string, { details }: ApiFailure): Saying => ({
  code: 'NAMESPACE_MISSING',
  kind: 'transient',
  message: `${to}, found no namespace ${details.name}`,
  hint: 'Add the Namespace to the manifests, or create it otherwise.',
})

const quotaExceeded = (to: string, said: string): Saying => ({
  code: 'QUOTA_EXCEEDED',
  kind: 'transient',
  message: `${to}, found that a ResourceQuota has no room${said}`,
  hint: 'Raise the quota, or ask for less.',
})

const typeNotServed = (to: string): Saying => ({
  code: 'TYPE_NOT_SERVED',
  kind: 'transient',
  message: `${to}, found that the API server does not serve this kind in this version (404)`,
  hint: 'Its CustomResourceDefinition was removed, or does not serve this version, or its API service is down. Use a version that `kubectl api-resources` shows.',
})

const tooLarge = (to: string, said: string): Saying => ({
  code: 'OBJECT_TOO_LARGE',
  kind: 'permanent',
  message: `${to}, found that it is too large to store${said}`,
  hint: 'etcd takes about 1.5 MiB for an object, a ConfigMap or Secret may hold 1 MiB, all annotations of an object 256 KiB. Split it.',
})

const immutable = (to: string, said: string): Saying => ({
  code: 'IMMUTABLE_FIELD',
  kind: 'permanent',
  message: `${to}, found that a field cannot change after creation${said}`,
  hint: 'Take the change back, give the resource another name, or allow it to be deleted and made anew: the annotation mooring.dev/replace: allowed. Namespaces, definitions and volumes are never replaced: delete such a one yourself.',
})

const webhookFailed = (to: string, said: string): Saying => ({
  code: 'WEBHOOK_FAILED',
  kind: 'transient',
  message: `${to}, found that a webhook could not be asked${said}`,
  hint: 'See whether the service behind the webhook runs. Its configuration stands in the cluster as a Validating- or MutatingWebhookConfiguration, or in the CustomResourceDefinition.',
})

const refused = (to: string, failure: ApiFailure, said: string): Saying => ({
  code: 'REFUSED_BY_API_SERVER',
  kind: 'permanent',
  message: `${to}, found that it is not valid (${failure.status})${said}`,
  hint: 'Correct the manifest. `kubectl explain` shows the fields of a kind.',
})

const failed = (to: string, failure: ApiFailure, said: string): Saying => ({
  code: 'API_SERVER_FAILED',
  kind: 'transient',
  message: `${to}, found that the server failed (${failure.status}${failure.reason === '' ? '' : ` ${failure.reason}`})${said}`,
  hint: 'It is tried again. If it stays, look at the API server and what stands before it: a 200 or 3xx without JSON comes from a proxy or a sign-in page.',
})
