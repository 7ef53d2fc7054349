import { type ApplyResult, expectationNotMet } from '@mooring/core'
import { entriesOf, isApplyOf } from '../fingerprint/entry-of.ts'
import { managerOf } from '../live/view.ts'
import { own } from '../objects/annotations.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { installationLabelName } from '../objects/owner-mark.ts'
import type { ApiAnswer } from '../transport/api.ts'
import { failureError } from '../transport/failure-error.ts'
import { isNotFound } from '../transport/failure-kinds.ts'
import { isStillAsPlanned } from './still-as-planned.ts'
import { changedSince, preconditionOf } from './update.ts'
import { pathOfChange, type Writer, written } from './writer.ts'

/** How often an object that is changed all the time is read again. */
const mostReads = 10

/**
 * Takes our mark and our entry in `managedFields` off, and leaves every field as it is. An apply of nothing would do the
 * first and remove the fields too, so this is a JSON patch that tests the version it was made for.
 */
export async function release(writer: Writer): Promise<ApplyResult> {
  const { live, type, change, call } = writer
  const { uid, resourceVersion } = await preconditionOf(writer)
  for (let reads = 1; ; reads++) {
    const found = await live.reads.read(type, change.key, call.signal)
    if (found === undefined) return { outcome: 'unchanged' }
    if (found.metadata.uid !== uid) {
      throw expectationNotMet(change.label, 'the object that was planned for', 'another one of its name')
    }
    const isNamed = resourceVersion === undefined || found.metadata.resourceVersion === resourceVersion
    if (!isNamed && !isStillAsPlanned(writer, found)) throw changedSince(change)
    const answer = await patchOn(writer, found)
    if (answer.ok) return written(writer, answer.body as KubernetesObject, 'changed')
    const { failure } = answer
    if (isNotFound(failure)) return { outcome: 'unchanged' }
    const isTooLate = failure.status === 409 || failure.status === 422
    if (!isTooLate) throw failureError(failure, { verb: 'release', label: change.label })
    if (reads === mostReads) throw changedSince(change)
  }
}

const patchOn = (writer: Writer, found: KubernetesObject): Promise<ApiAnswer> => {
  const manager = managerOf(writer.call.owner.installation)
  return writer.api.call({
    method: 'PATCH',
    path: pathOfChange(writer),
    query: { fieldManager: manager },
    body: patchOf(found, manager),
    contentType: 'application/json-patch+json',
    signal: writer.call.signal,
  })
}

function patchOf(found: KubernetesObject, manager: string): readonly unknown[] {
  const { metadata } = found
  const others = entriesOf(found).filter((entry) => !isApplyOf(entry, manager))
  const steps: unknown[] = [
    { op: 'test', path: '/metadata/uid', value: metadata.uid },
    { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
    // An empty list would be ignored; one empty entry resets the ownership of all fields.
    { op: 'replace', path: '/metadata/managedFields', value: others.length === 0 ? [{}] : others },
  ]
  if (metadata.annotations?.[own.owner] !== undefined) {
    steps.push({ op: 'remove', path: `/metadata/annotations/${escaped(own.owner)}` })
  }
  if (metadata.labels?.[installationLabelName] !== undefined) {
    steps.push({ op: 'remove', path: `/metadata/labels/${escaped(installationLabelName)}` })
  }
  return steps
}

/** One segment of a JSON pointer. */
const escaped = (segment: string): string => segment.replaceAll('~', '~0').replaceAll('/', '~1')
