import { entryOf } from '../fingerprint/entry-of.ts'
import { lostFields } from '../fingerprint/lost-fields.ts'
import { describeOwnedField } from '../fingerprint/owners-of.ts'
import { leaveAlone } from '../ignore/leave-alone.ts'
import { managerOf } from '../live/view.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { desiredOf } from './apply-change.ts'
import { bodyOf } from './body.ts'
import { applyBody, type Writer } from './writer.ts'

const shown = 10

/**
 * Which of our fields somebody else holds, and who: those that a dry run of the heal would make ours again and that are
 * not ours now. Costs a read and a dry run.
 */
export async function explain(writer: Writer): Promise<readonly string[]> {
  const { live, type, change, call } = writer
  const found = await live.reads.read(type, change.key, call.signal)
  const uid = found?.metadata.uid
  if (found === undefined || uid === undefined || change.desired === undefined) return []
  const kept = leaveAlone(desiredOf(change), found, managerOf(call.owner.installation), { healing: true })
  const body = bodyOf(kept, call.owner, change.key, { uid })
  const answer = await applyBody(writer, body, { force: true, dryRun: true })
  if (!answer.ok) return []
  const manager = managerOf(call.owner.installation)
  const healed = entryOf(answer.body as KubernetesObject, manager)
  return lostFields(healed?.fieldsV1, found, manager).slice(0, shown).map(describeOwnedField)
}
