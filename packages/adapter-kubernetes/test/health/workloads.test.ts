import { describe } from 'vitest'
import { claims, condition, live } from './scene.ts'

describe('health of a Deployment', () => {
  const done = [
    condition('Available', 'True', 'MinimumReplicasAvailable'),
    condition('Progressing', 'True', 'NewReplicaSetAvailable'),
  ]
  const rolling = condition('Progressing', 'True', 'ReplicaSetUpdated', 'ReplicaSet "web-1" is progressing.')
  const all = {
    observedGeneration: 2,
    replicas: 3,
    updatedReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
  }
  const deployment = (status: object, spec: object = {}) =>
    live('apps/v1', 'Deployment', { spec: { replicas: 3, ...spec }, status: { conditions: done, ...status } })
  const unobserved = live('apps/v1', 'Deployment', { metadata: { generation: 1 }, spec: { replicas: 0 } })
  claims([
    ['that is new is progressing, even with no replicas wanted', unobserved, 'progressing', /controller/],
    ['with all pods updated and available is healthy', deployment(all), 'healthy'],
    [
      'scaled to zero is healthy',
      deployment({ observedGeneration: 2, conditions: done }, { replicas: 0 }),
      'healthy',
    ],
    [
      'seen at an older generation is progressing',
      deployment({ ...all, observedGeneration: 1 }),
      'progressing',
    ],
    [
      'without spec.replicas wants one',
      deployment({ observedGeneration: 2 }, { replicas: undefined }),
      'progressing',
      /0 of 1 updated/,
    ],
    [
      'in the middle of an update is progressing',
      deployment({ ...all, updatedReplicas: 2 }),
      'progressing',
      /2 of 3 updated/,
    ],
    [
      'with old pods left is progressing',
      deployment({ ...all, replicas: 4 }),
      'progressing',
      /1 of an older template/,
    ],
    [
      'with too many pods is progressing',
      deployment({ ...all, replicas: 5, updatedReplicas: 5 }),
      'progressing',
      /2 too many/,
    ],
    [
      'with unready pods is progressing',
      deployment({ ...all, readyReplicas: 1 }),
      'progressing',
      /1 of 3 ready/,
    ],
    [
      'with pods not ready for long enough is progressing',
      deployment({ ...all, availableReplicas: 0 }),
      'progressing',
      /0 of 3 available/,
    ],
    [
      'whose rollout is not over is progressing',
      deployment({ ...all, conditions: [done[0], rolling] }),
      'progressing',
      /ReplicaSetUpdated/,
    ],
    ['that is not Available is progressing', deployment({ ...all, conditions: [done[1]] }), 'progressing'],
    [
      'without a deadline, and so no Progressing, is healthy',
      deployment({ ...all, conditions: [done[0]] }),
      'healthy',
    ],
    [
      'past its deadline is degraded',
      deployment({
        ...all,
        readyReplicas: 1,
        conditions: [
          condition('Progressing', 'False', 'ProgressDeadlineExceeded', 'ReplicaSet "web-1" has timed out.'),
        ],
      }),
      'degraded',
      /^ProgressDeadlineExceeded: ReplicaSet "web-1" has timed out\. \(1 of 3 ready\)$/,
    ],
    [
      'whose pods are refused is degraded',
      deployment({
        observedGeneration: 2,
        conditions: [
          condition('ReplicaFailure', 'True', 'FailedCreate', 'pods "a" is forbidden: exceeded quota'),
        ],
      }),
      'degraded',
      /FailedCreate: .*exceeded quota/,
    ],
    ['that is paused is paused', deployment({ ...all, updatedReplicas: 1 }, { paused: true }), 'paused'],
  ])
})

describe('health of a StatefulSet', () => {
  const all = {
    observedGeneration: 2,
    replicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    currentReplicas: 3,
    updatedReplicas: 3,
    currentRevision: 'db-1',
    updateRevision: 'db-1',
  }
  const set = (status: object, updateStrategy: object = { type: 'RollingUpdate' }) =>
    live('apps/v1', 'StatefulSet', { spec: { replicas: 3, updateStrategy }, status })
  const partition = (count: number) => ({ type: 'RollingUpdate', rollingUpdate: { partition: count } })
  const between = { ...all, currentRevision: 'db-1', updateRevision: 'db-2', currentReplicas: 2 }
  claims([
    ['that is new is progressing', live('apps/v1', 'StatefulSet', { spec: {} }), 'progressing'],
    ['with all pods of one revision is healthy', set(all), 'healthy'],
    ['with pods still to make is progressing', set({ ...all, replicas: 1 }), 'progressing', /1 of 3 created/],
    ['with unready pods is progressing', set({ ...all, readyReplicas: 2 }), 'progressing', /2 of 3 ready/],
    ['with pods to take away is progressing', set({ ...all, replicas: 4 }), 'progressing', /1 too many/],
    [
      'with pods too young is progressing',
      set({ ...all, availableReplicas: 1 }),
      'progressing',
      /1 of 3 available/,
    ],
    [
      'in the middle of an update is progressing',
      set({ ...between, updatedReplicas: 1 }),
      'progressing',
      /1 of 3 updated/,
    ],
    [
      'updated as far as its partition is healthy',
      set({ ...between, updatedReplicas: 1 }, partition(2)),
      'healthy',
    ],
    [
      'not updated as far as its partition is progressing',
      set({ ...between, updatedReplicas: 0 }, partition(2)),
      'progressing',
      /0 of 1 updated, partition 2/,
    ],
    ['of mixed revisions is healthy under OnDelete', set(between, { type: 'OnDelete' }), 'healthy'],
    [
      'with unready pods is progressing under OnDelete',
      set({ ...between, readyReplicas: 0 }, { type: 'OnDelete' }),
      'progressing',
    ],
  ])
})

describe('health of a DaemonSet', () => {
  const all = {
    observedGeneration: 2,
    desiredNumberScheduled: 4,
    currentNumberScheduled: 4,
    updatedNumberScheduled: 4,
    numberReady: 4,
    numberAvailable: 4,
  }
  const set = (status: object, type = 'RollingUpdate') =>
    live('apps/v1', 'DaemonSet', { spec: { updateStrategy: { type } }, status })
  claims([
    ['that is new is progressing', live('apps/v1', 'DaemonSet', { spec: {} }), 'progressing'],
    ['on every node is healthy', set(all), 'healthy'],
    [
      'that no node should run is healthy',
      set({ observedGeneration: 2, desiredNumberScheduled: 0 }),
      'healthy',
    ],
    [
      'not yet on every node is progressing',
      set({ ...all, currentNumberScheduled: 3 }),
      'progressing',
      /3 of 4 scheduled/,
    ],
    [
      'being updated is progressing',
      set({ ...all, updatedNumberScheduled: 1 }),
      'progressing',
      /1 of 4 updated/,
    ],
    [
      'with old pods is healthy under OnDelete',
      set({ ...all, updatedNumberScheduled: 1 }, 'OnDelete'),
      'healthy',
    ],
    [
      'with unready pods is progressing',
      set({ ...all, numberReady: undefined }),
      'progressing',
      /0 of 4 ready/,
    ],
    [
      'with pods too young is progressing',
      set({ ...all, numberAvailable: 2 }),
      'progressing',
      /2 of 4 available/,
    ],
  ])
})

describe('health of a ReplicaSet', () => {
  const all = { observedGeneration: 2, replicas: 2, readyReplicas: 2, availableReplicas: 2 }
  const set = (status: object) => live('apps/v1', 'ReplicaSet', { spec: { replicas: 2 }, status })
  claims([
    ['that is new is progressing', set({}), 'progressing'],
    ['with all pods available is healthy', set(all), 'healthy'],
    ['with unready pods is progressing', set({ ...all, readyReplicas: 1 }), 'progressing', /1 of 2 ready/],
    ['with too many pods is progressing', set({ ...all, replicas: 3 }), 'progressing', /1 too many/],
    [
      'whose pods are refused is degraded',
      set({ ...all, conditions: [condition('ReplicaFailure', 'True', 'FailedCreate', 'denied')] }),
      'degraded',
      /FailedCreate: denied/,
    ],
  ])
})

describe('health of Jobs', () => {
  const job = (status: object, spec: object = {}) =>
    live('batch/v1', 'Job', { metadata: { generation: 1 }, spec: { completions: 2, ...spec }, status })
  const ended = (...conditions: readonly object[]) => job({ startTime: '2026-01-01T00:00:00Z', conditions })
  const cron = (suspend: boolean) =>
    live('batch/v1', 'CronJob', { spec: { suspend, schedule: '@daily' }, status: {} })
  claims([
    ['that are new is progressing', job({}), 'progressing', /not started/],
    [
      'that run is progressing',
      job({ startTime: '2026-01-01T00:00:00Z', active: 1, succeeded: 1, failed: 3 }),
      'progressing',
      /^1 of 2 completed, 1 active, 3 failed$/,
    ],
    ['that are complete is healthy', ended(condition('Complete', 'True')), 'healthy'],
    [
      'that failed is degraded',
      ended(
        condition('Failed', 'True', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit'),
      ),
      'degraded',
      /BackoffLimitExceeded: Job has reached/,
    ],
    ['about to fail is degraded', ended(condition('FailureTarget', 'True', 'DeadlineExceeded')), 'degraded'],
    [
      'that are suspended is paused',
      job({ conditions: [condition('Suspended', 'True')] }, { suspend: true }),
      'paused',
    ],
    [
      'complete and then suspended is healthy',
      job({ conditions: [condition('Complete', 'True')] }, { suspend: true }),
      'healthy',
    ],
    ['on a timetable is healthy', cron(false), 'healthy'],
    ['on a suspended timetable is paused', cron(true), 'paused'],
  ])
})
