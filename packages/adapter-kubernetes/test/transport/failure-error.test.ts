import { describe, expect, test } from 'vitest'
import { failureOf, isExpired } from '../../src/transport/expired.ts'
import { failureError } from '../../src/transport/failure-error.ts'
import * as kinds from '../../src/transport/failure-kinds.ts'
import { failureIn } from '../../src/transport/read-failure.ts'
import { status } from './fake-server.ts'

const asked = { verb: 'apply', label: 'Deployment shop/web' }
const cause = (reason: string, field: string, message: string): object => ({ reason, field, message })
const fieldOwner = cause('FieldManagerConflict', '.spec.replicas', 'conflict with "kubectl" using apps/v1')

/** Answers of Kubernetes 1.36, with the code they become and every predicate that is true of them. */
const answers: readonly (readonly [string, number, object, string, readonly string[]])[] = [
  [
    'another owner of a field',
    409,
    status(409, 'Conflict', 'Apply failed with 1 conflict: …', { causes: [fieldOwner] }),
    'FIELD_CONFLICT',
    ['isFieldConflict'],
  ],
  [
    'an apply with another uid',
    422,
    status(
      422,
      'Invalid',
      'Deployment.apps "w" is invalid: metadata.uid: Invalid value: "abc": field is immutable',
      {
        name: 'w',
        causes: [cause('FieldValueInvalid', 'metadata.uid', 'Invalid value: "abc": field is immutable')],
      },
    ),
    'EXPECTATION_NOT_MET',
    ['isUidMismatch'],
  ],
  [
    'an apply with a uid and no object',
    409,
    status(
      409,
      'Conflict',
      'Operation cannot be fulfilled on deployments.apps "wx": uid mismatch: the provided object specified uid abc, and no existing object was found',
    ),
    'EXPECTATION_NOT_MET',
    ['isUidMismatch'],
  ],
  [
    'a delete with another uid',
    409,
    status(
      409,
      'Conflict',
      'Operation cannot be fulfilled on Deployment.apps "w": the UID in the precondition (x) does not match the UID in record (y). The object might have been deleted and then recreated',
    ),
    'EXPECTATION_NOT_MET',
    ['isUidMismatch'],
  ],
  [
    'an old version',
    409,
    status(
      409,
      'Conflict',
      'Operation cannot be fulfilled on deployments.apps "w": the object has been modified; please apply your changes to the latest version and try again',
    ),
    'EXPECTATION_NOT_MET',
    ['isStaleVersion'],
  ],
  [
    'a name that is taken',
    409,
    status(409, 'AlreadyExists', 'configmaps "a" already exists'),
    'EXPECTATION_NOT_MET',
    ['isAlreadyExists'],
  ],
  [
    'a field that cannot change',
    422,
    status(422, 'Invalid', 'Deployment.apps "w" is invalid: …', {
      causes: [
        cause(
          'FieldValueInvalid',
          'spec.selector',
          'Invalid value: {"matchLabels":{"a":"c"}}: field is immutable',
        ),
      ],
    }),
    'IMMUTABLE_FIELD',
    ['isImmutable'],
  ],
  [
    'an invalid field',
    422,
    status(422, 'Invalid', 'Deployment.apps "w" is invalid: …', {
      causes: [
        cause('FieldValueInvalid', 'spec.replicas', 'Invalid value: -4: must be greater than or equal to 0'),
      ],
    }),
    'REFUSED_BY_API_SERVER',
    [],
  ],
  [
    'an unknown field',
    500,
    status(
      500,
      '',
      'failed to create typed patch object (/w; apps/v1, Kind=Deployment): .spec.nope: field not declared in schema',
    ),
    'REFUSED_BY_API_SERVER',
    ['isUnknownField'],
  ],
  [
    'a value of another type',
    500,
    status(
      500,
      '',
      'failed to convert new object (/s; /v1, Kind=Secret) to proper version: unable to convert unstructured object to /v1, Kind=Secret: error decoding from json: illegal base64 data at input byte 6',
    ),
    'REFUSED_BY_API_SERVER',
    ['isUndecodable'],
  ],
  ['a bad request', 400, status(400, 'BadRequest', 'no'), 'REFUSED_BY_API_SERVER', []],
  [
    'a missing right',
    403,
    status(
      403,
      'Forbidden',
      'deployments.apps "w" is forbidden: User "bob" cannot patch resource "deployments" in API group "apps" in the namespace "shop"',
    ),
    'FORBIDDEN',
    [],
  ],
  [
    'more rights than ours',
    403,
    status(
      403,
      'Forbidden',
      'clusterroles.rbac.authorization.k8s.io "x" is forbidden: user "bob" (groups=["devs"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["*"]}',
    ),
    'FORBIDDEN',
    ['isEscalation'],
  ],
  [
    'a namespace that goes',
    403,
    status(
      403,
      'Forbidden',
      'configmaps "a" is forbidden: unable to create new content in namespace term because it is being terminated',
      {
        causes: [cause('NamespaceTerminating', 'metadata.namespace', 'namespace term is being terminated')],
      },
    ),
    'NAMESPACE_TERMINATING',
    ['isAdmissionDenial', 'isNamespaceTerminating'],
  ],
  [
    'a namespace that is not there',
    404,
    status(404, 'NotFound', 'namespaces "nope" not found', { name: 'nope', kind: 'namespaces' }),
    'NAMESPACE_MISSING',
    ['isNamespaceMissing', 'isNotFound'],
  ],
  [
    'an object that is not there',
    404,
    status(404, 'NotFound', 'configmaps "none" not found', { name: 'none', kind: 'configmaps' }),
    'EXPECTATION_NOT_MET',
    ['isNotFound'],
  ],
  [
    'a kind that is not there',
    404,
    status(404, 'NotFound', 'the server could not find the requested resource'),
    'TYPE_NOT_SERVED',
    ['isTypeNotServed'],
  ],
  ['a path that is not there', 404, {}, 'TYPE_NOT_SERVED', ['isTypeNotServed']],
  [
    'a full quota',
    403,
    status(
      403,
      'Forbidden',
      'services "q" is forbidden: exceeded quota: q, requested: services=1, used: services=0, limited: services=0',
    ),
    'QUOTA_EXCEEDED',
    ['isAdmissionDenial', 'isQuota'],
  ],
  [
    'a pod that is not secure enough',
    403,
    status(
      403,
      'Forbidden',
      'pods "p" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true',
    ),
    'ADMISSION_DENIED',
    ['isAdmissionDenial'],
  ],
  [
    'a webhook that denies',
    400,
    status(400, '', 'admission webhook "w.example.com" denied the request: no'),
    'ADMISSION_DENIED',
    ['isAdmissionDenial'],
  ],
  [
    'a policy that denies',
    422,
    status(
      422,
      'Invalid',
      `deployments.apps "w" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no`,
    ),
    'ADMISSION_DENIED',
    ['isAdmissionDenial'],
  ],
  [
    'a webhook that is down',
    500,
    status(
      500,
      'InternalError',
      'Internal error occurred: failed calling webhook "h.example.com": failed to call webhook: Post …: connection refused',
    ),
    'WEBHOOK_FAILED',
    ['isWebhookFailure'],
  ],
  [
    'a body that is too long',
    413,
    status(413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728'),
    'OBJECT_TOO_LARGE',
    ['isTooLarge'],
  ],
  [
    'a config map that is too long',
    422,
    status(422, 'Invalid', 'ConfigMap "a" is invalid: []: Too long', {
      causes: [cause('FieldValueTooLong', '[]', 'Too long: may not be more than 1048576 bytes')],
    }),
    'OBJECT_TOO_LARGE',
    ['isTooLarge'],
  ],
  [
    'an object too large for etcd',
    500,
    status(500, '', 'etcdserver: request is too large'),
    'OBJECT_TOO_LARGE',
    ['isTooLarge'],
  ],
  ['too many requests', 429, status(429, 'TooManyRequests', 'too many'), 'TOO_MANY_REQUESTS', []],
  [
    'forgotten history',
    410,
    status(410, 'Expired', 'too old resource version: 1 (9)'),
    'HISTORY_EXPIRED',
    [],
  ],
  [
    'a version of the future',
    504,
    status(504, 'Timeout', 'Timeout: Too large resource version: 99, current: 9', {
      causes: [cause('ResourceVersionTooLarge', '', 'Too large resource version')],
    }),
    'API_SERVER_FAILED',
    ['isFutureVersion'],
  ],
  ['an etcd that is down', 500, status(500, '', 'etcdserver: leader changed'), 'API_SERVER_FAILED', []],
  ['a sign-in page', 200, {}, 'API_SERVER_FAILED', []],
]

describe('an answer', () => {
  test.for(answers)('of %s is told apart', ([, code, body, expected, predicates]) => {
    const failure = failureIn(code, {}, body)
    const error = failureError(failure, asked)
    expect(error.code).toBe(expected)
    expect(error.message).toContain('Expected to apply Deployment shop/web')
    expect(error.hint).toBeDefined()
    expect(failureOf(error)).toEqual(failure)
    const isTrue = Object.entries(kinds).filter(([, is]) => is(failure))
    expect(isTrue.map(([name]) => name).sort()).toEqual(predicates)
    expect(isExpired(failure)).toBe(expected === 'HISTORY_EXPIRED')
  })

  test('names fields and their owners', () => {
    const failure = failureIn(409, {}, status(409, 'Conflict', '…', { causes: [fieldOwner] }))
    expect(failureError(failure, asked).message).toBe(
      'Expected to apply Deployment shop/web, found that other managers own 1 of its fields: .spec.replicas ("kubectl" using apps/v1)',
    )
  })

  test('has the time to wait from the header, or from the Status', () => {
    const busy = status(429, 'TooManyRequests', '', { retryAfterSeconds: 3 })
    expect(failureIn(429, { 'retry-after': '2' }, busy)).toMatchObject({ retryAfterMs: 2_000 })
    expect(failureError(failureIn(429, {}, busy), asked)).toMatchObject({ retryAfterMs: 3_000 })
  })

  test.for([
    ['its label', 'Secret shop/db', {}],
    ['the details', 'something', { kind: 'Secret' }],
  ] as const)('about a Secret, by %s, tells fields only', ([, label, details]) => {
    const causes = [cause('FieldValueInvalid', 'data[key]', 'a webhook says s3cret')]
    const failure = failureIn(
      422,
      {},
      status(422, 'Invalid', 'a webhook says s3cret', { ...details, causes }),
    )
    const error = failureError(failure, { verb: 'apply', label })
    expect(error.message).toContain('data[key]')
    expect(JSON.stringify([error, error.message, error.cause])).not.toContain('s3cret')
  })
})
