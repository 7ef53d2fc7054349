import type { KubernetesObject } from '../objects/object.ts'
import { conditionOf, inWords } from './condition.ts'
import { type Fields, fieldsOf, itemsOf, numberOf, textOf } from './fields.ts'

/** Something that keeps a pod from being ready. */
export interface Trouble {
  /** Worse is higher. Between equals, more restarts are worse. */
  readonly severity: number
  readonly restarts: number
  /** Waiting alone will hardly help. */
  readonly failed: boolean
  readonly container?: string
  readonly message: string
}

/** The worst that keeps one pod from being ready; undefined when nothing does. */
export function worstOf(pod: KubernetesObject): Trouble | undefined {
  const status = fieldsOf(pod.status)
  const containers = [...itemsOf(status.initContainerStatuses), ...itemsOf(status.containerStatuses)]
  const found = [evicted(status), unscheduled(pod), ...containers.map(containerTrouble)]
  return found
    .filter((trouble) => trouble !== undefined)
    .toSorted((a, b) => b.severity - a.severity || b.restarts - a.restarts)[0]
}

const severity = { stuck: 5, ended: 4, evicted: 4, unscheduled: 3, unready: 2, starting: 1 } as const

function evicted(status: Fields): Trouble | undefined {
  const reason = textOf(status.reason)
  if (status.phase !== 'Failed' || reason === undefined) return undefined
  const message = joined(reason, textOf(status.message))
  return { severity: severity.evicted, restarts: 0, failed: true, message }
}

function unscheduled(pod: KubernetesObject): Trouble | undefined {
  const scheduled = conditionOf(pod, 'PodScheduled')
  if (scheduled?.status !== 'False') return undefined
  const message = inWords(scheduled, 'Unschedulable')
  return { severity: severity.unscheduled, restarts: 0, failed: false, message }
}

function containerTrouble(status: Fields): Trouble | undefined {
  const state = fieldsOf(status.state)
  const restarts = numberOf(status.restartCount) ?? 0
  const container = textOf(status.name) ?? '?'
  const trouble = waiting(status, state) ?? ended(state) ?? unready(status, state)
  if (trouble === undefined) return undefined
  const often = restarts === 0 ? '' : ` (${restarts} ${restarts === 1 ? 'restart' : 'restarts'})`
  return { ...trouble, restarts, container, message: `${trouble.message}${often}` }
}

type Bare = Omit<Trouble, 'restarts' | 'container'>

/** The reasons that gitops-engine calls errors, and two more of the kubelet that no waiting mends. */
function waiting(status: Fields, state: Fields): Bare | undefined {
  if (state.waiting === undefined) return undefined
  const { reason, message } = fieldsOf(state.waiting)
  const why = textOf(reason) ?? 'waiting'
  const failed = /^Err|Error$|BackOff$|^InvalidImageName$|^ImageInspect/.test(why)
  if (!failed) return { severity: severity.starting, failed, message: joined(why, textOf(message)) }
  const image = imageOf(status, why, textOf(message))
  return {
    severity: severity.stuck,
    failed,
    message: sentences(joined(why, textOf(message)), image, lastRun(status)),
  }
}

/** Which image, where the kubelet's own message does not name it. */
function imageOf(status: Fields, why: string, message: string | undefined): string | undefined {
  const image = textOf(status.image)
  if (image === undefined || !/Image/.test(why) || message?.includes(image)) return undefined
  return `image ${image}`
}

function ended(state: Fields): Bare | undefined {
  const terminated = fieldsOf(state.terminated)
  const exit = lastExit(terminated)
  if (exit === undefined || numberOf(terminated.exitCode) === 0) return undefined
  return { severity: severity.ended, failed: true, message: exit }
}

/**
 * How a container ended: `OOMKilled, exit code 137`. Its own last words (`terminated.message`) are left out, for they are
 * the program's and may hold anything; only where it never started are they the runtime's.
 */
function lastExit(terminated: Fields): string | undefined {
  const reason = textOf(terminated.reason)
  const exitCode = numberOf(terminated.exitCode)
  if (reason === undefined && exitCode === undefined) return undefined
  const code = exitCode === undefined ? undefined : `exit code ${exitCode}`
  const ending = [reason ?? 'ended', code].filter((part) => part !== undefined).join(', ')
  const neverStarted = reason === 'StartError' || reason === 'ContainerCannotRun'
  return neverStarted ? joined(ending, textOf(terminated.message)) : ending
}

function unready(status: Fields, state: Fields): Bare | undefined {
  if (state.running === undefined || status.ready === true) return undefined
  const message = sentences('is running but not ready', lastRun(status))
  return { severity: severity.unready, failed: false, message }
}

/** How the container ended the last time, which is where being out of memory shows. */
function lastRun(status: Fields): string | undefined {
  const exit = lastExit(fieldsOf(fieldsOf(status.lastState).terminated))
  return exit && `last run: ${exit}`
}

const sentences = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined).join('; ')

const joined = (reason: string, message: string | undefined): string =>
  message === undefined ? reason : `${reason}: ${message}`
