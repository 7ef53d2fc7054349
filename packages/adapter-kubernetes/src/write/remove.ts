import { type ApplyResult, expectationNotMet } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import type { ApiAnswer } from '../transport/api.ts'
import { failureError } from '../transport/failure-error.ts'
import { isNotFound, isUidMismatch } from '../transport/failure-kinds.ts'
import type { Precondition } from './body.ts'
import { isStillAsPlanned } from './still-as-planned.ts'
import { changedSince, preconditionOf } from './update.ts'
import { pathOfChange, type Writer, written } from './writer.ts'

/** How often an object that is changed all the time, but not by what counts, is read again. */
const mostReads = 10

/**
 * Deletes exactly the incarnation, and exactly the version, in which our mark was read. What it owned is collected in the
 * background. Finalizers, or a grace period, keep the object for a while: then it is answered as being deleted.
 */
export async function remove(writer: Writer): Promise<ApplyResult> {
  const { live, change, type, call } = writer
  let preconditions = await preconditionOf(writer)
  for (let reads = 0; ; reads++) {
    const answer = await deleteOn(writer, preconditions)
    if (answer.ok) return gone(writer, answer.body as KubernetesObject, preconditions)
    const { failure } = answer
    if (isNotFound(failure)) return nothingLeft(writer, preconditions)
    if (isUidMismatch(failure))
      throw expectationNotMet(change.label, 'the object that was planned for', 'another one of its name')
    if (failure.status !== 409) throw failureError(failure, { verb: 'delete', label: change.label })
    if (reads === mostReads) throw changedSince(change)
    const found = await live.reads.read(type, change.key, call.signal)
    if (found === undefined) return nothingLeft(writer, preconditions)
    const { resourceVersion } = found.metadata
    if (resourceVersion === undefined || !isStillAsPlanned(writer, found)) throw changedSince(change)
    preconditions = { ...preconditions, resourceVersion }
  }
}

const deleteOn = (writer: Writer, preconditions: Precondition): Promise<ApiAnswer> =>
  writer.api.call({
    method: 'DELETE',
    path: pathOfChange(writer),
    body: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background', preconditions },
    signal: writer.call.signal,
  })

function gone(writer: Writer, left: KubernetesObject, preconditions: Precondition): ApplyResult {
  if (isOnItsWayOut(left)) return written(writer, left, 'changed')
  return { ...nothingLeft(writer, preconditions), outcome: 'changed' }
}

function nothingLeft({ live, change }: Writer, { uid, resourceVersion }: Precondition): ApplyResult {
  live.bury(change.key, uid, resourceVersion)
  return { outcome: 'unchanged' }
}

/** A `Status`, or the last state of an object that is gone, has no deletion under way. */
const isOnItsWayOut = (answer: KubernetesObject): boolean =>
  answer.kind !== 'Status' && answer.metadata?.deletionTimestamp !== undefined
