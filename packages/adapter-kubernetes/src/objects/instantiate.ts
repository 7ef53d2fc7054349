import { createHash } from 'node:crypto'
import type { Desired } from '@mooring/core'
import { own } from './annotations.ts'
import { groupKindOf, keyOf, labelOf, partsOf } from './key.ts'
import type { KubernetesObject } from './object.ts'
import { isRecord } from './record.ts'

/**
 * The instance of a hook for one operation. What runs to an end (a Job, a Pod) gets a name with the operation's id; what
 * others refer to by name (a ServiceAccount beside the Job that uses it) keeps its own. Every instance says in an
 * annotation which operation it is of.
 *
 * A Job's `ttlSecondsAfterFinished` goes: it would take the outcome away before anybody has read it, and instances are
 * deleted by their own policy.
 */
export function instantiate(
  desired: Desired<KubernetesObject>,
  operation: string,
): Desired<KubernetesObject> {
  const { hook: _, ...traits } = desired.traits
  const { metadata, ...rest } = desired.manifest
  const isRun = runs.has(groupKindOf(desired.key))
  const name = isRun ? nameFor(metadata.name, operation) : metadata.name
  const manifest: KubernetesObject = {
    ...withoutTtl(rest as KubernetesObject),
    metadata: { ...metadata, name, annotations: { ...metadata.annotations, [own.operation]: operation } },
  }
  const key = keyOf(manifest)
  return { ...desired, key, label: labelOf(partsOf(key)), manifest, traits }
}

const runs: ReadonlySet<string> = new Set([
  '/Pod',
  'batch/Job',
  'argoproj.io/Workflow',
  'tekton.dev/PipelineRun',
  'tekton.dev/TaskRun',
])

/** At most 63 characters, because a Job's name becomes a label of its pods. */
function nameFor(name: string, operation: string): string {
  const id = /^[0-9a-f-]{12,}$/.test(operation)
    ? operation.replaceAll('-', '').slice(0, 12)
    : digestOf(operation)
  if (name.length + 1 + id.length <= longest) return `${name}-${id}`
  // Two names that begin alike must not become one.
  const short = digestOf(name).slice(0, 6)
  const start = name.slice(0, longest - id.length - short.length - 2).replace(/[^a-z0-9]+$/, '')
  return `${start}-${short}-${id}`
}

const longest = 63
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12)

function withoutTtl(body: KubernetesObject): KubernetesObject {
  if (body.kind !== 'Job' || !isRecord(body.spec)) return body
  const { ttlSecondsAfterFinished: _, ...spec } = body.spec
  return { ...body, spec }
}
