import { expectationNotMet } from '@mooring/core'
import { leaveAlone, mayLeaveAlone } from '../ignore/leave-alone.ts'
import { managerOf } from '../live/view.ts'
import type { KubernetesObject } from '../objects/object.ts'
import type { ApiAnswer } from '../transport/api.ts'
import { isStaleVersion } from '../transport/failure-kinds.ts'
import { bodyOf, type Precondition } from './body.ts'
import { applyBody, type Writer } from './writer.ts'

/** How often an object that is written all the time is read again. */
const mostReads = 10

/**
 * Applies to an object that exists, by force, and leaves alone what is ignored. For that the object is read, and the
 * apply holds for just that version: who writes in between is not written over, and it is read again.
 */
export async function applyToLive(
  writer: Writer,
  manifest: KubernetesObject,
  expected: Precondition,
): Promise<ApiAnswer> {
  const { live, type, change, call } = writer
  const apply = (body: KubernetesObject, precondition: Precondition): Promise<ApiAnswer> =>
    applyBody(writer, bodyOf(body, call.owner, change.key, precondition), { force: true })
  if (!mayLeaveAlone(manifest, isHealing(writer))) return apply(manifest, expected)
  for (let reads = 1; ; reads++) {
    const found = await live.reads.read(type, change.key, call.signal)
    if (found === undefined) throw expectationNotMet(change.label, 'an existing object', 'nothing')
    const kept = keptOf(writer, manifest, found)
    // What leaves nothing alone holds for any version, as ever.
    if (kept === manifest || expected.resourceVersion !== undefined) return apply(kept, expected)
    const { resourceVersion } = found.metadata
    const answer = await apply(kept, {
      ...expected,
      ...(resourceVersion !== undefined && { resourceVersion }),
    })
    if (answer.ok || !isStaleVersion(answer.failure) || reads === mostReads) return answer
  }
}

/** A manifest as it is applied to this live object. */
export const keptOf = (
  writer: Writer,
  manifest: KubernetesObject,
  found: KubernetesObject,
): KubernetesObject =>
  leaveAlone(manifest, found, managerOf(writer.call.owner.installation), { healing: isHealing(writer) })

const isHealing = ({ change }: Writer): boolean => change.reason === 'drift'
