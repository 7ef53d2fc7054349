import { type ApplyResult, type Change, expectationNotMet, type MooringError } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { failureError } from '../transport/failure-error.ts'
import { isStaleVersion, isUidMismatch } from '../transport/failure-kinds.ts'
import { applyToLive } from './apply-to-live.ts'
import type { Precondition } from './body.ts'
import { type Writer, written } from './writer.ts'

/**
 * Applies to an object that exists, by force: what is ours by plan is ours. The uid stands in the body, so that an object
 * made anew is never written over and one that is gone is never made again.
 */
export async function update(writer: Writer, manifest: KubernetesObject): Promise<ApplyResult> {
  const { change, call, live } = writer
  const expected = await preconditionOf(writer)
  const before = expected.resourceVersion ?? live.peek(change.key, call)?.version
  const answer = await applyToLive(writer, manifest, expected)
  if (answer.ok) {
    const object = answer.body as KubernetesObject
    const result = written(writer, object, 'changed')
    // The version also moves when somebody else writes, such as a controller its status, after we have looked.
    const isSame = object.metadata.resourceVersion === before || isAsPlannedAgainst(change, result)
    return isSame ? { ...result, outcome: 'unchanged' } : result
  }
  // Decided before any question of immutability: a wrong uid is answered as an immutable field.
  if (isUidMismatch(answer.failure)) {
    throw expectationNotMet(
      change.label,
      'the object that was planned for',
      'another one of its name, or none',
    )
  }
  if (isStaleVersion(answer.failure)) throw changedSince(change)
  throw failureError(answer.failure, { verb: 'apply', label: change.label })
}

/** Whether everything we own is as it was when the change was planned: then none of it was written. */
const isAsPlannedAgainst = (
  { fingerprint }: Change<KubernetesObject>,
  { observation }: ApplyResult,
): boolean => fingerprint !== undefined && observation?.fingerprint === fingerprint

/** What a change expects, as the API server can check it. A change that names no uid gets the one that is there now. */
export async function preconditionOf({ change, live, type, call }: Writer): Promise<Precondition> {
  const { expects, label, key } = change
  if (expects.kind === 'absent')
    throw new TypeError(`${change.action} of ${label} expects nothing to be there`)
  const { uid, version } = expects
  const named = version === undefined ? {} : { resourceVersion: version }
  if (uid !== undefined) return { uid, ...named }
  const found = await live.reads.read(type, key, call.signal)
  if (found?.metadata.uid === undefined) throw expectationNotMet(label, 'an existing object', 'nothing')
  return { uid: found.metadata.uid, ...named }
}

/** The conflict of a write that expects a version which is not there any more. */
export const changedSince = ({ label }: Change<unknown>): MooringError =>
  expectationNotMet(label, 'the object as it was planned for', 'one that was changed since')
