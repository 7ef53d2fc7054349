import { groupOf } from '../objects/key.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { type Fields, fieldsOf, itemsOf, textOf } from './fields.ts'
import { type Trouble, worstOf } from './pod-trouble.ts'
import { brief } from './verdict.ts'

/**
 * The label selector of a workload's pods as a query for the API server: `app=web,tier in (front,back)`. Undefined for what
 * has no pods, and for a selector that is empty or not understood, which would select the wrong ones.
 */
export function selectorOf(workload: KubernetesObject): string | undefined {
  const type = `${groupOf(textOf(workload.apiVersion) ?? '')}/${textOf(workload.kind) ?? ''}`
  if (!withPods.has(type)) return undefined
  const selector = fieldsOf(fieldsOf(workload.spec).selector)
  const terms = [...labels(fieldsOf(selector.matchLabels)), ...itemsOf(selector.matchExpressions).map(term)]
  return terms.length === 0 || terms.includes(undefined) ? undefined : terms.join(',')
}

const withPods: ReadonlySet<string> = new Set([
  'apps/DaemonSet',
  'apps/Deployment',
  'apps/ReplicaSet',
  'apps/StatefulSet',
  'batch/Job',
])

const labels = (matchLabels: Fields): readonly (string | undefined)[] =>
  Object.entries(matchLabels).map(([name, value]) =>
    typeof value === 'string' ? `${name}=${value}` : undefined,
  )

function term({ key, operator, values }: Fields): string | undefined {
  const label = textOf(key)
  const list = Array.isArray(values) ? `(${values.map(String).join(',')})` : undefined
  if (label === undefined) return undefined
  switch (operator) {
    case 'In':
      return list && `${label} in ${list}`
    case 'NotIn':
      return list && `${label} notin ${list}`
    case 'Exists':
      return label
    case 'DoesNotExist':
      return `!${label}`
    default:
      return undefined
  }
}

/** What is wrong with the pods of a workload. */
export interface ContainerTrouble {
  readonly message: string
  /** Waiting alone will hardly help: the workload is degraded, whatever its counts say. */
  readonly isFailure: boolean
}

/**
 * The worst that keeps these pods of one workload from being ready, in the container's or the scheduler's own words:
 * `container web of pod shop/web-x: CrashLoopBackOff: back-off 40s restarting failed container (3 restarts)`. Undefined when
 * nothing does. Pods on their way out, and failed ones that stay about after others have taken their place (evicted ones),
 * count only where there is no other. Finished ones do not count.
 */
export function containerTrouble(pods: readonly KubernetesObject[]): ContainerTrouble | undefined {
  const staying = pods.filter(isStaying)
  const candidates = (staying.length > 0 ? staying : pods)
    .filter((pod) => fieldsOf(pod.status).phase !== 'Succeeded')
    .flatMap((pod) => {
      const trouble = worstOf(pod)
      return trouble === undefined ? [] : [{ pod: nameOf(pod), trouble }]
    })
  const [worst] = candidates.toSorted((a, b) => worseFirst(a.trouble, b.trouble) || (a.pod < b.pod ? -1 : 1))
  if (worst === undefined) return undefined
  const { container, message, failed } = worst.trouble
  const whose = container === undefined ? '' : `container ${container} of `
  return { message: brief(`${whose}pod ${worst.pod}: ${message}`), isFailure: failed }
}

function isStaying(pod: KubernetesObject): boolean {
  const { restartPolicy = 'Always' } = fieldsOf(pod.spec)
  const isReplaced = fieldsOf(pod.status).phase === 'Failed' && restartPolicy === 'Always'
  return !isReplaced && textOf(fieldsOf(pod.metadata).deletionTimestamp) === undefined
}

const worseFirst = (a: Trouble, b: Trouble): number => b.severity - a.severity || b.restarts - a.restarts

function nameOf(pod: KubernetesObject): string {
  const { namespace, name } = fieldsOf(pod.metadata)
  return [textOf(namespace), textOf(name) ?? '?'].filter((part) => part !== undefined).join('/')
}
