import { entryOf } from '../fingerprint/entry-of.ts'
import { sharedWith } from '../fingerprint/shared-with.ts'
import { managerOf } from '../live/view.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { failureError } from '../transport/failure-error.ts'
import { isNotFound, isUidMismatch } from '../transport/failure-kinds.ts'
import { applyBody, type Writer } from './writer.ts'

/**
 * Takes back what our apply added to somebody else's object: an apply of nothing gives up all our fields, and those that
 * only we set go. Whoever else writes meanwhile keeps what they own, so nothing but the incarnation is expected. An object
 * that an earlier create of ours made, which was carried out late, is left as it is. Throws where it cannot take it back:
 * the object then carries our mark, and the message says so.
 */
export async function withdraw(writer: Writer, object: KubernetesObject): Promise<void> {
  const { live, call, change } = writer
  if (!wasThereBefore(object, managerOf(call.owner.installation))) return
  const { apiVersion, kind, metadata } = object
  const { name, namespace, uid } = metadata
  const place = namespace === undefined ? {} : { namespace }
  const nothing = { apiVersion, kind, metadata: { name, ...place, uid } }
  const answer = await applyBody(writer, nothing, { force: false })
  if (answer.ok) {
    live.learn(answer.body as KubernetesObject, call)
    return
  }
  if (isNotFound(answer.failure) || isUidMismatch(answer.failure)) return
  throw failureError(answer.failure, {
    verb: 'take back what was added to somebody else’s',
    label: change.label,
  })
}

/**
 * Whether the object that answered 200 was made by somebody else. It was not where an earlier create of ours, of which we never
 * had an answer, was carried out late: then nobody shares a field with us, and our fields are as old as the object.
 */
function wasThereBefore(object: KubernetesObject, manager: string): boolean {
  const isShared = sharedWith(object, manager).length > 0
  return isShared || entryOf(object, manager)?.time !== object.metadata.creationTimestamp
}
