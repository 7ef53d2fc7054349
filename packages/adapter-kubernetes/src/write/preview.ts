import { expectationNotMet, type Json, type Preview } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { failureError } from '../transport/failure-error.ts'
import {
  isNamespaceMissing,
  isStaleVersion,
  isTypeNotServed,
  isUidMismatch,
} from '../transport/failure-kinds.ts'
import { desiredOf } from './apply-change.ts'
import { keptOf } from './apply-to-live.ts'
import { bodyOf } from './body.ts'
import { forPeople } from './for-people.ts'
import { mustBeTaken } from './must-be-taken.ts'
import { changedSince } from './update.ts'
import { applyBody, type Writer } from './writer.ts'

/** What a change would do: before as it is live, after as the API server answers a dry run. Secrets masked; no effect. */
export async function preview(writer: Writer): Promise<Preview> {
  const { live, type, change, call } = writer
  const { action, key } = change
  const shown = (object: KubernetesObject): Json => forPeople(object, call)
  if (action === 'create') return { after: shown(await dryRun(writer, undefined)) }
  const found = await live.reads.read(type, key, call.signal)
  const before = found === undefined ? {} : { before: shown(found) }
  if (action === 'delete') return before
  if (action === 'release') return found === undefined ? {} : { before: shown(found), after: shown(found) }
  if (action === 'replace' || found === undefined) {
    const body = bodyOf(desiredOf(change), call.owner, key)
    if (action === 'replace') await mustBeTaken(writer, body)
    return { ...before, after: shown(body) }
  }
  return { ...before, after: shown(await dryRun(writer, found)) }
}

async function dryRun(writer: Writer, found: KubernetesObject | undefined): Promise<KubernetesObject> {
  const { change, call } = writer
  const uid = found?.metadata.uid
  const manifest = found === undefined ? desiredOf(change) : keptOf(writer, desiredOf(change), found)
  const body = bodyOf(manifest, call.owner, change.key, uid === undefined ? undefined : { uid })
  const answer = await applyBody(writer, body, { force: uid !== undefined, dryRun: true })
  if (answer.ok) return answer.body as KubernetesObject
  // In a namespace, or of a kind, that the same plan creates first.
  if (uid === undefined && (isNamespaceMissing(answer.failure) || isTypeNotServed(answer.failure)))
    return body
  if (uid !== undefined && isUidMismatch(answer.failure)) {
    throw expectationNotMet(
      change.label,
      'the object that was planned for',
      'another one of its name, or none',
    )
  }
  if (isStaleVersion(answer.failure)) throw changedSince(change)
  throw failureError(answer.failure, { verb: 'apply', label: change.label })
}
