import { observationOf, viewOf } from '../live/view.ts'
import type { KubernetesObject } from '../objects/object.ts'
import type { Writer } from './writer.ts'

/**
 * Whether an object differs from what was planned for in its version alone: the same incarnation, our mark for the same
 * application, the same values in our fields, and it does not ask to stay. Then the version in which this was read is as
 * good as the one of the plan. A Deployment's status may change several times a second, and a delete that named only the
 * version of the plan would never get through.
 */
export function isStillAsPlanned({ change, call }: Writer, found: KubernetesObject): boolean {
  const { expects, fingerprint } = change
  const { uid, owner, fingerprint: ours, traits } = observationOf(found, viewOf(call))
  return (
    expects.kind === 'present' &&
    expects.uid !== undefined &&
    expects.uid === uid &&
    owner?.installation === call.owner.installation &&
    owner.application === call.owner.application &&
    ours !== undefined &&
    ours === fingerprint &&
    (change.action === 'release' || (traits?.prune !== 'never' && traits?.reconcile !== 'never'))
  )
}
