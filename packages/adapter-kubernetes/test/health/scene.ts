import type { HealthState } from '@mooring/core'
import { expect, test } from 'vitest'
import { healthOf } from '../../src/health/health.ts'
import type { KubernetesObject } from '../../src/objects/object.ts'

/** What health an object has, with the fact as the test's name. */
export type HealthCase = readonly [
  fact: string,
  object: KubernetesObject,
  state: HealthState,
  message?: RegExp,
]

/** One test for each case. */
export function claims(cases: readonly HealthCase[]): void {
  const named = cases.map(([fact, object, state, message = /.*/]) => ({ fact, object, state, message }))
  test.each(named)('$fact', ({ object, state, message }) => {
    const health = healthOf(object)
    expect(health.state).toBe(state)
    expect(health.message ?? '').toMatch(message)
  })
}

/** A live object as the API server gives it, seen by its controller unless the status says otherwise. */
export function live(
  apiVersion: string,
  kind: string,
  { metadata = {}, ...rest }: Readonly<Record<string, unknown>> & { readonly metadata?: object },
): KubernetesObject {
  return {
    apiVersion,
    kind,
    metadata: { name: 'web', namespace: 'shop', generation: 2, ...metadata },
    ...rest,
  }
}

/** An entry of `status.conditions`. */
export const condition = (type: string, status: string, reason?: string, message?: string) => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: '2026-01-01T00:00:00Z',
})

/** A pod with one container in this state. */
export function podWith(
  state: object,
  { container = {}, status = {}, metadata = {}, spec = {} }: Readonly<Record<string, object>> = {},
): KubernetesObject {
  return live('v1', 'Pod', {
    metadata: { name: 'web-x', generation: undefined, ...metadata },
    spec: { restartPolicy: 'Always', ...spec },
    status: {
      phase: 'Running',
      conditions: [condition('PodScheduled', 'True'), condition('Ready', 'False', 'ContainersNotReady')],
      containerStatuses: [
        { name: 'web', image: 'example.com/web:1', ready: false, restartCount: 0, state, ...container },
      ],
      ...status,
    },
  })
}
