import { type ApplyResult, expectationNotMet } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import type { ApiAnswer, ApiFailure } from '../transport/api.ts'
import { failureError } from '../transport/failure-error.ts'
import { isAlreadyExists, isFieldConflict, isStaleVersion } from '../transport/failure-kinds.ts'
import { bodyOf } from './body.ts'
import { withdraw } from './withdraw.ts'
import { applyBody, type Writer, written } from './writer.ts'

const createdStatus = 201
/**
 * A version that no object has: etcd gives its first write the second. Seen on Kubernetes 1.36 for every kind tried, built
 * in, defined or of an API service: an apply that names it makes an object that is absent, and is a conflict for one that
 * exists, whatever its values.
 */
const neverCurrent = '1'

/**
 * Creates by apply, only if the object is absent, which the API server checks together with the write. One that does not
 * know how is asked without that condition, and its answer tells: 201 made it; 200 met an object that came between our
 * look and our write, and what we added to it is taken back.
 */
export async function create(writer: Writer, manifest: KubernetesObject): Promise<ApplyResult> {
  const { change, call } = writer
  const apply = (precondition?: { readonly resourceVersion: string }): Promise<ApiAnswer> =>
    applyBody(writer, bodyOf(manifest, call.owner, change.key, precondition), { force: false })
  const answer = await apply({ resourceVersion: neverCurrent })
  if (answer.ok || !(await isMisunderstood(writer, answer.failure))) return conclude(writer, answer)
  return conclude(writer, await apply())
}

/** Whether the server did not know what to do with the version: it names it, or finds a conflict with nothing. */
async function isMisunderstood({ live, type, change, call }: Writer, failure: ApiFailure): Promise<boolean> {
  // Kubernetes 1.22 said so for Services: "resourceVersion should not be set on objects to be created".
  if (failure.status !== 409) return failure.message.includes('resourceVersion')
  return isStaleVersion(failure) && (await live.reads.read(type, change.key, call.signal)) === undefined
}

async function conclude(writer: Writer, answer: ApiAnswer): Promise<ApplyResult> {
  const { label } = writer.change
  if (answer.ok) {
    const object = answer.body as KubernetesObject
    if (answer.status === createdStatus) return written(writer, object, 'changed')
    await withdraw(writer, object)
    throw expectationNotMet(label, 'nothing', 'an object that somebody made in the meantime')
  }
  const { failure } = answer
  if (isStaleVersion(failure) || isFieldConflict(failure) || isAlreadyExists(failure)) {
    throw expectationNotMet(label, 'nothing', 'an existing object')
  }
  throw failureError(failure, { verb: 'apply', label })
}
